import { describe, expect, it } from 'vitest';
import type { AttemptError, AttemptRecord, RequestRecord } from '#libs/records';
import { ATTRIBUTION_CELLS, cellOf } from './attribution.ts';
import { attemptWith, requestWith } from '#libs/testing';
import { NO_CONNECTION, REFUSED_BY_BREAKER, RESET, failedAttempt } from './record.spec-helper.ts';

const fault = { faultId: 'f', kind: 'reset' };
const RETRIED = attemptWith({ attempt: 2, kind: 'policy' });
const RESENT = attemptWith({ attempt: 2, kind: 'resend' });
const NOT_SENT = { requestBytesWritten: 0 };

const collateral = (error: AttemptError, how: AttemptError['collateral']): AttemptError => ({
  ...error,
  collateral: how,
});

function cell(attempts: readonly AttemptRecord[], facts?: Partial<RequestRecord>): string {
  return cellOf(requestWith(attempts, facts));
}

describe('the cell of a request', () => {
  it.each([
    ['was answered at once', [attemptWith()], 'none/first-try'],
    ['met its own fault and was slow', [attemptWith({ fault })], 'injected/first-try'],
    ['met its own fault and was retried', [failedAttempt(RESET, { fault }), RETRIED], 'injected/after-retry'],
    ['met its own fault and failed', [failedAttempt(RESET, { fault })], 'injected/surfaced'],
    [
      'met its own fault when it was retried',
      [failedAttempt(RESET), { ...RETRIED, fault }],
      'injected/after-retry',
    ],
    ['was cut by the fault of another', [failedAttempt(collateral(RESET, 'cut'))], 'collateral/surfaced'],
    [
      'was cut by the fault of another and re-sent',
      [failedAttempt(collateral(RESET, 'cut')), RESENT],
      'collateral/after-resend',
    ],
    [
      'waited behind faulted requests',
      [failedAttempt(collateral(NO_CONNECTION, 'queue'), NOT_SENT)],
      'collateral/fast-failed',
    ],
    [
      'met its own fault after it was cut by another',
      [failedAttempt(collateral(RESET, 'cut')), { ...RETRIED, fault }],
      'injected/after-retry',
    ],
    ['was reset by the peer', [failedAttempt(RESET)], 'organic/surfaced'],
    ['was reset by the peer and re-sent', [failedAttempt(RESET), RESENT], 'organic/after-resend'],
    [
      'was re-sent and then retried',
      [failedAttempt(RESET), failedAttempt(RESET, { kind: 'resend' }), { ...RETRIED, attempt: 3 }],
      'organic/after-retry',
    ],
    ['was answered 503 and retried', [attemptWith({ statusCode: 503 }), RETRIED], 'organic/after-retry'],
    ['was answered 404', [attemptWith({ statusCode: 404 })], 'organic/surfaced'],
    ['had no connection in time', [failedAttempt(NO_CONNECTION, NOT_SENT)], 'organic/fast-failed'],
    [
      'was reset and then had no connection in time',
      [failedAttempt(RESET), failedAttempt(NO_CONNECTION, { kind: 'policy', ...NOT_SENT })],
      'organic/surfaced',
    ],
    [
      'could not connect',
      [failedAttempt({ code: 'PLR_CONNECT_REFUSED', phase: 'connect', errno: 'ECONNREFUSED' }, NOT_SENT)],
      'organic/surfaced',
    ],
  ])('that %s', (_what, attempts, expected) => {
    expect(cell(attempts)).toBe(expected);
  });

  it('that the breaker refused is by the failures that had opened it', () => {
    expect(cell([], { error: REFUSED_BY_BREAKER })).toBe('organic/fast-failed');
    expect(cell([], { error: collateral(REFUSED_BY_BREAKER, 'breaker') })).toBe('collateral/fast-failed');
  });

  it('that the breaker refused after an attempt was sent has not failed fast, also while that answer still comes', () => {
    const answering = attemptWith({ statusCode: 503, requestBytesWritten: 0 });
    expect(cell([answering], { error: REFUSED_BY_BREAKER })).toBe('organic/surfaced');
    expect(cell([failedAttempt(RESET)], { error: REFUSED_BY_BREAKER })).toBe('organic/surfaced');
  });
});

it('there is a cell for each cause and outcome', () => {
  expect(ATTRIBUTION_CELLS).toHaveLength(20);
  expect(new Set(ATTRIBUTION_CELLS).size).toBe(20);
});
