import type { AttemptRecord, RequestRecord } from '#libs/records';

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
