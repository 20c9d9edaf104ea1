import { invalidArgument, invariant, nearestOf, type PoolerError } from '#libs/kernel';
import { FAULT_TYPES, FAULTS, isFaultType } from './catalogue.ts';
import { ALLOWED_MATCH, isMatchInRange } from './faulted-request.ts';
import type { FaultRule, FaultType, RuleOf } from './rule.ts';
import { FAULT_SCOPES, allowedScope, type FaultScope } from './scope.ts';
import { ALLOWED_WHEN, parseWhen } from './when.ts';

/** The faults that every network has seen: what `on` is made of. */
const DEFAULT_TYPES: readonly FaultType[] = ['crash', 'latency', 'timeout', 'reset', 'drop', 'status'];

/**
 * The mix that `on` stands for: these faults at their defaults, and nine of ten attempts untouched. A run of 1,000 requests
 * shall meet them all: the crash comes at request 300, and with at least 1 % each the others are all met in all but one
 * of some 6,000 runs (at 0.5 %, one run in 150 would lack that fault).
 */
export const DEFAULT_FAULT_SPEC: string = DEFAULT_TYPES.map(defaultPart).join(',');

function defaultPart(type: FaultType): string {
  const { defaultMagnitude, defaultWhen } = FAULTS[type];
  return `${type}${defaultMagnitude && `=${defaultMagnitude}`}${defaultWhen}`;
}

/**
 * Reads a SPEC: `off`, `on` (`DEFAULT_FAULT_SPEC`), or a comma list of `type[=magnitude][when][;field=value]...`, for example
 * `latency=50ms~10ms:5%,reset:1%,status=503:2%;method=POST;path=/orders`. `parseWhen` says how `when` is written; a crash takes
 * request numbers only: `crash=500ms@300/10000` strikes at requestSeq 300 and every 10,000 after. The fields are `method`,
 * `path` (its start, without a comma) and `scope`. What is left out takes the type's default.
 *
 * Rules bound to request numbers come first in the result, since they must not lose their request to a rule of chance;
 * else the order stays. A rule's id is its type; the second of a type is called `type-2`, and so on.
 *
 * @throws PoolerError `PLR_INVALID_ARGUMENT` in one sentence that begins with `failures`
 */
export function parseFaultSpec(text: string): FaultRule[] {
  const spec = text.trim();
  if (spec === 'off') return [];
  const parts = (spec === 'on' ? DEFAULT_FAULT_SPEC : spec).split(',');
  const countByType = new Map<string, number>();
  const rules = parts.map((part) => {
    const { type, magnitude, when, fields } = splitPart(part.trim());
    const count = (countByType.get(type) ?? 0) + 1;
    countByType.set(type, count);
    return ruleOf(type, count === 1 ? type : `${type}-${count}`, magnitude, when, fieldsOf(fields));
  });
  return [
    ...rules.filter(({ when }) => when.kind === 'count'),
    ...rules.filter(({ when }) => when.kind !== 'count'),
  ];
}

interface PartText {
  readonly type: FaultType;
  readonly magnitude: string | undefined;
  readonly when: string | undefined;
  readonly fields: string;
}

/** The fields of a part, as a rule has them. */
type RuleFields = Pick<FaultRule, 'scope' | 'match'>;

function splitPart(part: string): PartText {
  const [, type, magnitude, when, fields = ''] =
    /^([^=:@;]+)(?:=([^:@;]+))?([:@][^;]+)?((?:;.*)?)$/.exec(part) ?? [];
  if (type === undefined) {
    const example = 'latency=50ms~10ms:5%,reset:1%';
    throw invalidArgument(
      'failures',
      part,
      `on, off or a list of type[=magnitude][:percent] such as ${example}`,
    );
  }
  if (!isFaultType(type)) {
    const nearest = nearestOf(type, FAULT_TYPES);
    throw refusal(
      'the type of a fault',
      type,
      `one of ${FAULT_TYPES.join(', ')} (the nearest is ${nearest})`,
    );
  }
  return { type, magnitude, when, fields };
}

function fieldsOf(text: string): RuleFields {
  let scope: FaultScope | undefined;
  const match: { method?: string; path?: string } = {};
  for (const field of text.split(';').slice(1)) {
    const [, name = '', value = ''] = /^(method|path|scope)=(.+)$/.exec(field) ?? [];
    const found = FAULT_SCOPES.find((known) => known === value);
    if (name === 'method' || name === 'path') match[name] = value;
    else if (found) scope = found;
    else
      throw refusal(
        'a field of a fault',
        field,
        `method=GET, path=/start or scope=${FAULT_SCOPES.join('|')}`,
      );
  }
  if (!isMatchInRange(match)) throw refusal('what a fault looks at', text, ALLOWED_MATCH);
  const hasMatch = match.method !== undefined || match.path !== undefined;
  return { ...(scope && { scope }), ...(hasMatch && { match }) };
}

function ruleOf<Type extends FaultType>(
  type: Type,
  id: string,
  magnitudeText: string | undefined,
  whenText: string | undefined,
  fields: RuleFields,
): RuleOf<Type> {
  const fault = FAULTS[type];
  const magnitude = fault.parse(magnitudeText ?? fault.defaultMagnitude);
  if (magnitude === undefined || !fault.isInRange(magnitude)) {
    throw refusal(`the magnitude of ${type}`, magnitudeText, fault.allowed);
  }
  const standard = parseWhen(fault.defaultWhen);
  invariant(standard !== undefined, `the default occurrence of ${type} cannot be read`);
  const when = whenText === undefined ? standard : parseWhen(whenText);
  const isOfKind = standard.kind !== 'count' || when?.kind === 'count';
  if (when === undefined || !isOfKind) {
    throw refusal(`the occurrence of ${type}`, whenText, ALLOWED_WHEN[standard.kind]);
  }
  const { scope = 'request' } = fields;
  const allowed = allowedScope(scope, type, when);
  if (allowed !== undefined) throw refusal(`the scope of ${type}`, scope, allowed);
  return { id, type, magnitude, when, ...fields };
}

function refusal(what: string, text: string | undefined, allowed: string): PoolerError {
  return invalidArgument(`failures: ${what}`, text, allowed);
}
