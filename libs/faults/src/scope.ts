import type { FaultType } from './rule.ts';
import { DIAL_KINDS } from './verdict.ts';
import type { When } from './when.ts';

/**
 * What a fault is drawn for: each attempt of each request, each connection with all that it carries, or the origin with all
 * of its requests.
 */
export type FaultScope = 'request' | 'connection' | 'origin';

export const FAULT_SCOPES: readonly FaultScope[] = ['request', 'connection', 'origin'];

/** Faults that are no matter of the wire of one exchange, or end with it before it could be drawn for. */
const NOT_OF_A_CONNECTION: Readonly<Partial<Record<FaultType, true>>> = {
  ...DIAL_KINDS,
  crash: true,
  'alive-as-dead': true,
};

/** What the scope must be, where `scope` is none for this fault; `undefined` where it is one. */
export function allowedScope(scope: FaultScope, type: FaultType, when: When): string | undefined {
  if (!FAULT_SCOPES.includes(scope)) return `one of ${FAULT_SCOPES.join(', ')}`;
  if (scope === 'connection' && Object.hasOwn(NOT_OF_A_CONNECTION, type))
    return `request or origin where type is ${type}`;
  if (scope === 'origin' && when.kind === 'count') return 'request or connection where it goes by numbers';
  return undefined;
}
