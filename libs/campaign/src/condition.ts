import { invalidArgument, nearestOf, parseDurationMs } from '#libs/kernel';
import { RUN_PHASES, type RunPhase } from '#libs/stats';
import { METRICS, unitOf, type Metric, type ReadRun } from './metric.ts';

/** A check or a guardrail: a metric, compared with a bound. */
export interface Condition {
  /** As it was written. */
  readonly text: string;
  readonly metric: Metric;
  readonly operator: Operator;
  readonly bound: Bound;
  /** `undefined` is all phases together. */
  readonly phase: RunPhase | undefined;
  /** In a check: it must hold in every full window of this length. In a guardrail: true this long without a break. */
  readonly forMs: number | undefined;
  /** With fewer finished requests the metric says nothing. Default 1. */
  readonly minSamples: number;
}

/** A value in the metric's unit, or a multiple of what the metric was in the baseline. */
export type Bound =
  | { readonly kind: 'absolute'; readonly value: number }
  | { readonly kind: 'baseline'; readonly factor: number };

const OPERATORS = ['<', '<=', '>', '>='] as const;

export type Operator = (typeof OPERATORS)[number];

/** One grammar for checks, guardrails and `--check`; words may stand in any number of blanks. */
const GRAMMAR =
  /^(?<metric>[\w.]+)\s*(?<operator>[<>=!]+)\s*(?<bound>[\d.]+x\s+baseline|\S+)(?<clauses>(?:\s+(?:in|for|min)\s+\S+)*)$/;

const MAX_FACTOR = 1_000;
const MAX_FOR_MS = 3_600_000;
const MAX_SAMPLES = 1_000_000_000;

/**
 * Reads `metric operator bound [in phase] [for duration] [min samples]`, for example `latency.p99 < 200ms min 100`,
 * `surfaced.rate <= 1% in recovery`, `latency.p99 <= 1.5x baseline` or, as a guardrail, `failed.rate > 50% for 5s`.
 * A latency is bounded by a duration, a rate by a percentage. The clauses may come in any order, each once.
 *
 * @param field how errors call it
 * @throws PoolerError `PLR_INVALID_ARGUMENT` that names the part, its value and what is allowed
 */
export function parseCondition(text: string, field = 'check'): Condition {
  const groups = GRAMMAR.exec(text.trim())?.groups;
  if (groups === undefined) {
    const allowed = 'metric operator bound [in phase] [for duration] [min samples]';
    throw invalidArgument(field, text, `${allowed}, such as 'latency.p99 < 200ms min 100'`);
  }
  const { metric: metricText = '', operator = '', bound = '', clauses = '' } = groups;
  const metric = oneOf(METRICS, metricText, `${field}: the metric`);
  const byName = clausesOf(clauses, field);
  return {
    text,
    metric,
    operator: oneOf(OPERATORS, operator, `${field}: the operator`),
    bound: parseBound(bound, metric, field),
    phase: mapGiven(byName.get('in'), (word) => oneOf(RUN_PHASES, word, `${field}: the phase`)),
    forMs: mapGiven(byName.get('for'), (word) => parseForMs(word, field)),
    minSamples: mapGiven(byName.get('min'), (word) => parseMinSamples(word, field)) ?? 1,
  };
}

/** Whether `actual` is on the right side of `bound`. */
export function compares(actual: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case '<':
      return actual < bound;
    case '<=':
      return actual <= bound;
    case '>':
      return actual > bound;
    case '>=':
      return actual >= bound;
  }
}

/** The bound in the metric's unit; `undefined` where it hangs on a baseline with too few samples. */
export function boundOf({ bound, metric, minSamples }: Condition, read: ReadRun): number | undefined {
  if (bound.kind === 'absolute') return bound.value;
  const { value, samples } = read(metric, 'baseline');
  return value === undefined || samples < minSamples ? undefined : bound.factor * value;
}

function clausesOf(text: string, field: string): Map<string, string> {
  const byName = new Map<string, string>();
  for (const [, name = '', word = ''] of text.matchAll(/(in|for|min)\s+(\S+)/g)) {
    if (byName.has(name)) throw invalidArgument(`${field}: ${name}`, word, 'given once');
    byName.set(name, word);
  }
  return byName;
}

function parseBound(text: string, metric: Metric, field: string): Bound {
  const [, factorText] = /^(\d+(?:\.\d+)?)x\s+baseline$/.exec(text) ?? [];
  const factor = Number(factorText);
  if (factor > 0 && factor <= MAX_FACTOR) return { kind: 'baseline', factor };
  if (unitOf(metric) === 'ms') {
    const value = parseDurationMs(text);
    if (value !== undefined) return { kind: 'absolute', value };
    throw invalidArgument(`${field}: the bound`, text, "a duration such as '200ms', or '1.5x baseline'");
  }
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined) return { kind: 'absolute', value: Number(percent) / 100 };
  throw invalidArgument(`${field}: the bound`, text, "a percentage such as '1%', or '1.5x baseline'");
}

function parseForMs(text: string, field: string): number {
  const forMs = parseDurationMs(text);
  if (forMs !== undefined && forMs >= 1_000 && forMs <= MAX_FOR_MS && forMs % 1_000 === 0) return forMs;
  throw invalidArgument(`${field}: for`, text, "whole seconds from 1s to 1h, such as '10s'");
}

function parseMinSamples(text: string, field: string): number {
  const samples = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (samples >= 1 && samples <= MAX_SAMPLES) return samples;
  throw invalidArgument(`${field}: min`, text, `a whole number from 1 to ${MAX_SAMPLES}`);
}

function oneOf<Word extends string>(words: readonly Word[], word: string, field: string): Word {
  const found = words.find((candidate) => candidate === word);
  if (found !== undefined) return found;
  throw invalidArgument(field, word, `one of ${words.join(', ')} (the nearest is ${nearestOf(word, words)})`);
}

function mapGiven<Value>(word: string | undefined, read: (word: string) => Value): Value | undefined {
  return word === undefined ? undefined : read(word);
}
