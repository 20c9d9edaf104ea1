import { invalidArgument, nearestOf, wholeOption } from '#libs/kernel';

import type { RemovalAction } from '../kube.ts';

/**
 * How many of the candidates become victims. Names and meaning are those of Chaos Mesh's selectors:
 * - `one`, `all`;
 * - `fixed`: `value` pods, or all when there are fewer;
 * - `fixed-percent`: `value` percent, rounded down;
 * - `random-max-percent`: a drawn number of pods from none to `value` percent, rounded down.
 */
export type DrillMode = 'one' | 'all' | 'fixed' | 'fixed-percent' | 'random-max-percent';

/** Which pods a drill takes away, and how. */
export interface DrillSpec {
  readonly namespace: string;
  /** Labels that a pod must all have; at least one. */
  readonly selector: Readonly<Record<string, string>>;
  readonly mode: DrillMode;
  /** Pods, 1 to 1000, for `fixed`; percent, 1 to 100, for the percent modes; not given for the others. */
  readonly value?: number | undefined;
  readonly action: RemovalAction;
  /** The victims' time to end, in whole seconds, 0 to 3600; 0 ends them at once. Default: the pods' own. */
  readonly graceSeconds?: number | undefined;
}

const ACTIONS: readonly string[] = ['evict', 'delete'] satisfies RemovalAction[];

/** The largest `value` of each mode that takes one. */
const VALUE_MAX: Readonly<Record<DrillMode, number | undefined>> = {
  one: undefined,
  all: undefined,
  fixed: 1_000,
  'fixed-percent': 100,
  'random-max-percent': 100,
};

/** A DNS label (RFC 1123, section 2.1), which every namespace's name is. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Throws `PLR_INVALID_ARGUMENT` for a drill that nobody could mean. */
export function checkDrillSpec({ namespace, selector, mode, value, action, graceSeconds }: DrillSpec): void {
  if (!DNS_LABEL.test(namespace)) {
    throw invalidArgument('drill.namespace', namespace, 'the name of a namespace');
  }
  if (Object.keys(selector).length === 0) {
    throw invalidArgument(
      'drill.selector',
      selector,
      'at least one label; an empty selector means every pod',
    );
  }
  checkOneOf('drill.mode', mode, Object.keys(VALUE_MAX));
  checkOneOf('drill.action', action, ACTIONS);
  const valueMax = VALUE_MAX[mode];
  if (valueMax !== undefined) wholeOption('drill.value', value, 1, valueMax);
  else if (value !== undefined) throw invalidArgument('drill.value', value, `absent in mode ${mode}`);
  if (graceSeconds !== undefined) wholeOption('drill.graceSeconds', graceSeconds, 0, 3_600);
}

function checkOneOf(field: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const hint = nearestOf(value, allowed);
  throw invalidArgument(field, value, `one of ${allowed.join(', ')} (did you mean ${hint}?)`);
}
