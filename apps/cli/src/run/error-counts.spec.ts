import { describe, expect, it } from 'vitest';
import type { AttemptError, AttemptRecord, RequestRecord } from '#libs/records';
import { attemptWith, requestWith } from '#libs/testing';
import { ErrorCounts } from './error-counts.ts';

const RESET: AttemptError = { code: 'PLR_RESET', phase: 'wait', errno: 'ECONNRESET' };
const FIN: AttemptError = { code: 'PLR_CLOSED_BY_PEER', phase: 'wait', errno: undefined };
const OPEN: AttemptError = { code: 'PLR_CIRCUIT_OPEN', phase: 'admission', errno: undefined };

function attempt(statusCode: number | undefined, error?: AttemptError): AttemptRecord {
  return attemptWith({ statusCode, error });
}

function request(error: AttemptError | undefined, ...attempts: AttemptRecord[]): RequestRecord {
  return requestWith(attempts, { error, isOk: error === undefined, statusCode: undefined });
}

function lineOf(...records: RequestRecord[]): string {
  const counts = new ErrorCounts();
  for (const record of records) counts.add(record);
  return counts.line;
}

describe('the line of errors', () => {
  it('says that there were none', () => {
    expect(lineOf(request(undefined, attempt(200)))).toBe('errors: none');
  });

  it('counts every failed attempt by errno, else code, else status, the most frequent first', () => {
    const records = [
      request(undefined, attempt(undefined, RESET), attempt(200)),
      request(undefined, attempt(503), attempt(undefined, RESET), attempt(404)),
      request(FIN, attempt(200, FIN)),
    ];
    expect(lineOf(...records)).toBe('errors: ECONNRESET=2 HTTP_404=1 HTTP_503=1 PLR_CLOSED_BY_PEER=1');
  });

  it('counts a request that ended otherwise than by an attempt, and no failure twice', () => {
    expect(
      lineOf(request(OPEN), request(OPEN, attempt(503)), request(RESET, attempt(undefined, RESET))),
    ).toBe('errors: PLR_CIRCUIT_OPEN=2 ECONNRESET=1 HTTP_503=1');
  });
});
