export { Alarm } from './alarm.ts';
export { systemClock, type Clock, type Timer } from './clock.ts';
export { ERROR_CODES, type ErrorCode, type ErrorKind } from './error-codes.ts';
export { parseDurationMs } from './duration.ts';
export { numberOption, wholeOption } from './number-option.ts';
export { BugError, invariant } from './invariant.ts';
export { LinkedQueue, type Linked } from './linked-queue.ts';
export { isLoopbackHost } from './loopback.ts';
export {
  PoolerError,
  invalidArgument,
  type ErrorFacts,
  type Phase,
  type PoolCounts,
  type TlsReason,
} from './pooler-error.ts';
export { seededRng, systemRng, type Rng } from './rng.ts';
export { refuseUnknownOptions } from './known-options.ts';
export { nearestOf } from './nearest.ts';
