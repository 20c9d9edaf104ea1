import type { AttemptError, AttemptRecord } from '#libs/records';
import { attemptWith } from '#libs/testing';

export const RESET: AttemptError = { code: 'PLR_RESET', phase: 'wait', errno: 'ECONNRESET' };
export const REFUSED_BY_BREAKER: AttemptError = {
  code: 'PLR_CIRCUIT_OPEN',
  phase: 'admission',
  errno: undefined,
};
export const NO_CONNECTION: AttemptError = {
  code: 'PLR_ACQUIRE_TIMEOUT',
  phase: 'acquire',
  errno: 'ETIMEDOUT',
};

/** An attempt that ended with `error`, its request sent. */
export function failedAttempt(error: AttemptError, facts: Partial<AttemptRecord> = {}): AttemptRecord {
  return attemptWith({ error, statusCode: undefined, responseBytesRead: 0, ...facts });
}
