import { describe, expect, it } from 'vitest';
import { attemptWith, requestWith } from '#libs/testing';
import { REFUSED_BY_BREAKER, RESET, failedAttempt } from './record.spec-helper.ts';
import { sampleOf } from './request-sample.ts';

describe('the sample of a request', () => {
  it('has its latency from the intended start and from the real one', () => {
    const record = requestWith([attemptWith()], { startedAtMs: 150, endedAtMs: 160 });
    expect(sampleOf(record, 100)).toMatchObject({ latencyMs: 60, sendLatencyMs: 10 });
  });

  it('counts every attempt, and those beyond the first as retries', () => {
    const attempts = [
      failedAttempt(RESET),
      failedAttempt(RESET, { kind: 'resend' }),
      attemptWith({ kind: 'policy' }),
    ];
    expect(sampleOf(requestWith(attempts), 0)).toMatchObject({
      isOk: true,
      cell: 'organic/after-retry',
      attempts: 3,
      retries: 2,
      failures: ['PLR_RESET', 'PLR_RESET'],
    });
  });

  it('names an error status by its number, and no failure twice', () => {
    const busy = attemptWith({ statusCode: 503 });
    expect(sampleOf(requestWith([busy]), 0).failures).toEqual(['HTTP_503']);
    expect(sampleOf(requestWith([failedAttempt(RESET)]), 0).failures).toEqual(['PLR_RESET']);
    expect(sampleOf(requestWith([busy], { error: REFUSED_BY_BREAKER }), 0).failures).toEqual([
      'HTTP_503',
      'PLR_CIRCUIT_OPEN',
    ]);
  });
});
