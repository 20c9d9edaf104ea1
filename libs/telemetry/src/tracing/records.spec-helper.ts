import type { AttemptRecord, RequestRecord } from '#libs/records';

/** An attempt on a connection that had served before, from 10 to 20 ms, answered with 200. */
export function attemptRecord(facts: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    attempt: 1,
    kind: 'first',
    waitedMs: 0,
    admission: { askedAtMs: 10, answeredAtMs: 10 },
    queuedAtMs: 10,
    dialledAtMs: 0,
    connectedAtMs: 0,
    dnsMs: 0,
    tlsMs: 0,
    probe: 'alive',
    activeProbes: [],
    leasedAtMs: 10,
    sentAtMs: 10,
    firstByteAtMs: 19,
    endedAtMs: 20,
    connection: { id: 7, reused: true, remoteAddress: '192.0.2.1', remotePort: 80, localPort: 40_000 },
    statusCode: 200,
    error: undefined,
    requestBytesWritten: 60,
    responseBytesRead: 40,
    fault: undefined,
    ...facts,
  };
}

/** A request that ended well, from 10 to 100 ms, with these attempts. */
export function requestRecord(
  attempts: readonly AttemptRecord[],
  facts: Partial<RequestRecord> = {},
): RequestRecord {
  return {
    requestSeq: 3,
    method: 'GET',
    origin: 'http://192.0.2.1:8080',
    path: '/health',
    startedAtMs: 10,
    endedAtMs: 100,
    isOk: true,
    statusCode: 200,
    error: undefined,
    attempts,
    refusal: undefined,
    trace: undefined,
    ...facts,
  };
}
