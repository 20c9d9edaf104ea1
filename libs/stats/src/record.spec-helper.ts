import type { AttemptError, AttemptRecord, RequestRecord } from '#libs/records';

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

/** An attempt that was sent and answered with 200, but for `facts`. */
export function attemptWith(facts: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    attempt: 1,
    kind: 'first',
    waitedMs: 0,
    admission: undefined,
    queuedAtMs: 0,
    dialledAtMs: 0,
    connectedAtMs: 0,
    dnsMs: 0,
    tlsMs: 0,
    probe: undefined,
    activeProbes: [],
    leasedAtMs: 0,
    sentAtMs: 0,
    firstByteAtMs: 0,
    endedAtMs: 0,
    connection: undefined,
    statusCode: 200,
    error: undefined,
    requestBytesWritten: 80,
    responseBytesRead: 100,
    fault: undefined,
    ...facts,
  };
}

/** An attempt that ended with `error`, its request sent. */
export function failedAttempt(error: AttemptError, facts: Partial<AttemptRecord> = {}): AttemptRecord {
  return attemptWith({ error, statusCode: undefined, responseBytesRead: 0, ...facts });
}

/** A request that went as its last attempt did, but for `facts`. */
export function requestWith(
  attempts: readonly AttemptRecord[],
  facts: Partial<RequestRecord> = {},
): RequestRecord {
  const last = attempts.at(-1);
  const { statusCode = 0 } = last ?? {};
  const error = 'error' in facts ? facts.error : last?.error;
  return {
    requestSeq: 0,
    method: 'GET',
    origin: 'http://a',
    path: '/',
    startedAtMs: 0,
    endedAtMs: 0,
    isOk: error === undefined && statusCode >= 200 && statusCode < 400,
    statusCode: last?.statusCode,
    error,
    attempts,
    refusal: undefined,
    trace: undefined,
    ...facts,
  };
}
