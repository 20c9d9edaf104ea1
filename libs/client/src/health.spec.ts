import { describe, expect, it } from 'vitest';
import { healthOf } from './health.ts';

const QUIET = { calls: 0, failures: 0 };

describe('the health of an origin', () => {
  it('is ok without a breaker: nobody keeps count', () => {
    expect(healthOf(undefined, undefined)).toEqual({ status: 'ok' });
  });

  it.each([
    { calls: 9, failures: 9, status: 'ok' },
    { calls: 10, failures: 0, status: 'ok' },
    { calls: 10, failures: 1, status: 'degraded' },
    { calls: 21, failures: 2, status: 'ok' },
    { calls: 20, failures: 2, status: 'degraded' },
  ])('is $status when $failures of $calls calls failed', ({ calls, failures, status }) => {
    expect(healthOf({ kind: 'closed' }, { calls, failures }).status).toBe(status);
  });

  it('says how many calls failed', () => {
    expect(healthOf({ kind: 'closed' }, { calls: 30, failures: 4 })).toEqual({
      status: 'degraded',
      reason: '4 of the last 30 calls failed',
    });
  });

  it.each([
    [{ kind: 'open', cause: 'rate', untilMs: 1 }, 'down', 'the breaker is open: too many calls failed'],
    [
      { kind: 'open', cause: 'connect', untilMs: 1, nextDialAtMs: 1 },
      'down',
      'the breaker is open: it could not be connected to',
    ],
    [{ kind: 'half-open', successes: 2 }, 'degraded', 'the breaker is half-open: trial calls decide'],
    [{ kind: 'isolated', reason: 'maintenance' }, 'down', 'isolated by hand: maintenance'],
  ] as const)('of a breaker that is %j is %s', (state, status, reason) => {
    expect(healthOf(state, QUIET)).toEqual({ status, reason });
  });
});
