import type { FaultSpec } from './campaign-spec.ts';
import {
  PROXY_FAULT_SCOPES,
  TARGET_FAULT_MAGNITUDES,
  isProxyFaultType,
  isTargetFaultType,
} from './outer-fault-types.ts';
import { problem, type Problem } from './problem.ts';

/** What the control server of a target takes as an outage. */
const MAX_OUTAGE_MS = 60_000;

/** A fault lives a little longer than its window, and neither target nor proxy lets it live longer than an hour. */
const MAX_WINDOW_MS = 3_590_000;

/**
 * Says what is wrong with a fault of the target: its supervisor ends the process, the process does the rest to itself.
 *
 * @param lengthMs how long it is in force
 */
export function checkTargetFault(fault: FaultSpec, path: string, lengthMs: number): Problem[] {
  const { type, magnitude, probability, every, burst } = fault;
  if (!isTargetFaultType(type)) {
    const types = Object.keys(TARGET_FAULT_MAGNITUDES).join(', ');
    return [problem(`${path}.type`, 'not_supported', type, `one of ${types} where it strikes the target`)];
  }
  if (type === 'crash' && every === undefined) return checkOutage(fault, path);
  const problems = leftOut(
    fault,
    path,
    ['fromRequest', 'requests', 'rampTo', 'scope', 'attributes', 'stream'],
    'a fault of the target',
  );
  const { allowed, isAllowed } = TARGET_FAULT_MAGNITUDES[type];
  if (magnitude !== undefined && !isAllowed(magnitude)) {
    problems.push(problem(`${path}.magnitude`, 'out_of_range', magnitude, allowed));
  }
  if ([probability, every, burst].filter((given) => given !== undefined).length > 1) {
    const [field, value] = probability === undefined ? ['burst', burst] : ['probability', probability];
    problems.push(problem(`${path}.${field}`, 'not_supported', value, 'left out beside every or burst'));
  }
  return [...problems, ...checkLength(lengthMs, path, 'a fault of the target')];
}

/** A crash as one event: the process is killed, and started again after the outage. */
function checkOutage(fault: FaultSpec, path: string): Problem[] {
  const problems: Problem[] = [];
  const { durationMs } = fault;
  if (durationMs === undefined) {
    problems.push(problem(`${path}.duration`, 'missing', undefined, 'given: how long the target is down'));
  } else if (durationMs > MAX_OUTAGE_MS) {
    const allowed = `at most ${MAX_OUTAGE_MS} ms: longer no supervisor keeps its target down`;
    problems.push(problem(`${path}.duration`, 'out_of_range', durationMs, allowed));
  }
  const fields = [
    'magnitude',
    'probability',
    'fromRequest',
    'requests',
    'burst',
    'rampTo',
    'scope',
    'match',
    'attributes',
    'stream',
  ] as const;
  return [...problems, ...leftOut(fault, path, fields, 'a crash of the target')];
}

/**
 * Says what is wrong with a fault of the proxy. What its attributes may be, the proxy says itself.
 *
 * @param lengthMs how long it is in force
 */
export function checkProxyFault(fault: FaultSpec, path: string, lengthMs: number): Problem[] {
  const { type } = fault;
  if (!isProxyFaultType(type)) {
    const types = Object.keys(PROXY_FAULT_SCOPES).join(', ');
    return [problem(`${path}.type`, 'not_supported', type, `one of ${types} where it strikes in the proxy`)];
  }
  const fields = ['magnitude', 'fromRequest', 'requests', 'every', 'rampTo', 'scope'] as const;
  const problems = [
    ...leftOut(fault, path, fields, 'a fault of the proxy'),
    ...checkLength(lengthMs, path, 'a fault of the proxy'),
  ];
  if (type === 'down') {
    const most = ['probability', 'burst', 'match', 'attributes', 'stream'] as const;
    return [...problems, ...leftOut(fault, path, most, 'down')];
  }
  if (PROXY_FAULT_SCOPES[type] === 'request') return problems;
  return [...problems, ...leftOut(fault, path, ['match'], `${type}, which knows no requests`)];
}

function checkLength(lengthMs: number, path: string, of: string): Problem[] {
  if (lengthMs <= MAX_WINDOW_MS) return [];
  return [problem(`${path}.duration`, 'out_of_range', lengthMs, `at most ${MAX_WINDOW_MS} ms for ${of}`)];
}

/** A problem for each of these fields that is given. */
export function leftOut(
  fault: FaultSpec,
  path: string,
  fields: readonly (keyof FaultSpec)[],
  of: string,
): Problem[] {
  return fields
    .filter((field) => fault[field] !== undefined)
    .map((field) => problem(`${path}.${field}`, 'not_supported', fault[field], `left out for ${of}`));
}
