import { describe, expect, it } from 'vitest';
import { resolveBreakerOptions } from './breaker-options.ts';

describe('breaker options', () => {
  it('have defaults', () => {
    expect(resolveBreakerOptions({ openMs: undefined })).toEqual({
      failureRate: 0.5,
      slowCallMs: Infinity,
      slowCallRate: 0.5,
      minCalls: 20,
      windowMs: 10_000,
      connectFailures: 5,
      addressFailures: 5,
      openMs: 1000,
      maxOpenMs: 30_000,
      halfOpenPermits: 3,
      permitTtlMs: 60_000,
    });
  });

  it('take an interval above the default maximum without a word about the maximum', () => {
    expect(resolveBreakerOptions({ openMs: 60_000 }).maxOpenMs).toBe(60_000);
  });

  it.each([
    [{ failureRate: 0 }, 'breaker.failureRate must be a number from 0.01 to 1, got 0'],
    [{ slowCallMs: 0 }, 'breaker.slowCallMs must be a number from 1 to 86400000, got 0'],
    [{ slowCallRate: 2 }, 'breaker.slowCallRate must be a number from 0.01 to 1, got 2'],
    [{ minCalls: 0.5 }, 'breaker.minCalls must be a whole number from 1 to 1000000, got 0.5'],
    [{ openMs: 5000, maxOpenMs: 4000 }, 'breaker.maxOpenMs must be a number from 5000 to 3600000, got 4000'],
    [{ halfOpenPermits: 0 }, 'breaker.halfOpenPermits must be a whole number from 1 to 1000, got 0'],
  ])('refuse %j', (given, sentence) => {
    expect(() => resolveBreakerOptions(given)).toThrow(sentence);
  });
});
