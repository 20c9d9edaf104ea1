import type { AttemptRecord, RequestRecord } from '#libs/records';
import { attemptWith, requestWith } from '#libs/testing';

/** An attempt on a connection that had served before, from 10 to 20 ms, answered with 200. */
export function attemptRecord(facts: Partial<AttemptRecord> = {}): AttemptRecord {
  return attemptWith({
    admission: { askedAtMs: 10, answeredAtMs: 10 },
    queuedAtMs: 10,
    probe: 'alive',
    leasedAtMs: 10,
    sentAtMs: 10,
    firstByteAtMs: 19,
    endedAtMs: 20,
    connection: { id: 7, reused: true, remoteAddress: '192.0.2.1', remotePort: 80, localPort: 40_000 },
    requestBytesWritten: 60,
    responseBytesRead: 40,
    ...facts,
  });
}

/** A request that ended well, from 10 to 100 ms, with these attempts. */
export function requestRecord(
  attempts: readonly AttemptRecord[],
  facts: Partial<RequestRecord> = {},
): RequestRecord {
  return requestWith(attempts, {
    requestSeq: 3,
    origin: 'http://192.0.2.1:8080',
    path: '/health',
    startedAtMs: 10,
    endedAtMs: 100,
    isOk: true,
    statusCode: 200,
    error: undefined,
    ...facts,
  });
}
