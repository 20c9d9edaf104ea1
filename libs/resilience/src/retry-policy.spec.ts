import { ERROR_CODES, PoolerError, seededRng, type ErrorCode, type ErrorFacts } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from './call.ts';
import { resolveRetryBudgetOptions, RetryBudget } from './retry-budget.ts';
import { decideRetry, resolveRetryOptions, type RetryDecision, type RetryFacts } from './retry-policy.ts';

const options = resolveRetryOptions();
const half = { next: () => 0.5 };
const getOnce: RetryFacts = {
  idempotent: true,
  policyAttemptsUsed: 1,
  resendUsed: false,
  deadlineAtMs: Infinity,
  nowMs: 0,
};
const postOnce: RetryFacts = { ...getOnce, idempotent: false };

function failed(code: ErrorCode, facts: Partial<ErrorFacts> = {}): AttemptOutcome {
  return { kind: 'error', error: new PoolerError(code, 'it failed', { phase: 'wait', ...facts }) };
}

function responded(statusCode: number, retryAfterMs?: number): AttemptOutcome {
  return { kind: 'response', statusCode, retryAfterMs };
}

function decide(outcome: AttemptOutcome, facts: RetryFacts = getOnce, budget?: RetryBudget): RetryDecision {
  return decideRetry(outcome, facts, options, budget, half);
}

const giveUp = (reason: string): object => ({ action: 'give-up', reason });
const wait = (delayMs: number): object => ({ action: 'wait', delayMs });

describe('a response', () => {
  it.each([[200], [204], [302], [400], [404], [500], [501]])('with %i is the answer', (status) => {
    expect(decide(responded(status))).toEqual({ action: 'return' });
  });

  it.each([[429], [502], [503], [504]])('with %i is retried', (status) => {
    expect(decide(responded(status))).toEqual(wait(25));
  });

  it('with 503 is not retried for a request that may have been applied', () => {
    expect(decide(responded(503), postOnce)).toEqual(giveUp('not-safe'));
  });

  it('with a status of the options is retried, and with one of the defaults then not', () => {
    const own = resolveRetryOptions({ statuses: [500] });
    const decideOwn = (status: number): RetryDecision =>
      decideRetry(responded(status), getOnce, own, undefined, half);
    expect([decideOwn(500), decideOwn(503)]).toEqual([wait(25), { action: 'return' }]);
  });
});

describe('an error', () => {
  const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
  it.each(codes)(
    '%s of a fresh connection is retried exactly when it is of the connection or a timeout',
    (code) => {
      const isRetried = ['connection', 'timeout'].includes(ERROR_CODES[code].kind);
      expect(decide(failed(code))).toEqual(isRetried ? wait(25) : giveUp('not-retryable'));
    },
  );

  it('is retried for any method when nothing was written', () => {
    expect(decide(failed('PLR_CONNECT_REFUSED', { phase: 'connect' }), postOnce)).toEqual(wait(25));
  });

  it('is not retried for an unsafe method when something was written', () => {
    expect(decide(failed('PLR_RESET', { requestBytesWritten: 1 }), postOnce)).toEqual(giveUp('not-safe'));
  });

  it('in the middle of the response is retried by the policy', () => {
    const cut = failed('PLR_CLOSED_BY_PEER', {
      reused: true,
      requestBytesWritten: 90,
      responseBytesRead: 10,
    });
    expect(decide(cut)).toEqual(wait(25));
  });
});

describe('a request whose body was a stream that has been begun', () => {
  const spent: RetryFacts = { ...getOnce, isBodySpent: true };

  it.each<[string, AttemptOutcome]>([
    ['an error', failed('PLR_RESET', { requestBytesWritten: 1 })],
    ['an error before a byte was written', failed('PLR_RESET')],
    ['a stale connection', failed('PLR_RESET', { reused: true })],
    ['a 503', responded(503)],
  ])('is never sent again after %s', (_what, outcome) => {
    expect(decide(outcome, spent)).toEqual(giveUp('body-spent'));
  });
});

describe('a reused connection that was dead', () => {
  const dead = failed('PLR_RESET', { reused: true, requestBytesWritten: 90 });

  it('gives a free re-send, whatever attempts, deadline and budget say', () => {
    const budget = new RetryBudget(resolveRetryBudgetOptions({ startTokens: 0, tokensPerSecond: 0 }), 0);
    const exhausted: RetryFacts = { ...getOnce, policyAttemptsUsed: 3, deadlineAtMs: 1 };
    expect(decide(dead, exhausted, budget)).toEqual({ action: 'resend' });
    expect(budget.withheld).toBe(0);
  });

  it('is for the policy when the re-send met another', () => {
    expect(decide(dead, { ...getOnce, resendUsed: true })).toEqual(wait(25));
  });
});

describe('the policy gives up', () => {
  const refused = failed('PLR_CONNECT_REFUSED', { phase: 'connect' });

  it('after the last attempt', () => {
    expect(decide(refused, { ...getOnce, policyAttemptsUsed: 2 })).toEqual(wait(50));
    expect(decide(refused, { ...getOnce, policyAttemptsUsed: 3 })).toEqual(giveUp('attempts'));
  });

  it('when the wait would reach the deadline', () => {
    expect(decide(refused, { ...getOnce, nowMs: 1000, deadlineAtMs: 1025 })).toEqual(giveUp('deadline'));
    expect(decide(refused, { ...getOnce, nowMs: 1000, deadlineAtMs: 1026 })).toEqual(wait(25));
  });

  it('when the budget is empty, and takes one token for each wait', () => {
    const budget = new RetryBudget(resolveRetryBudgetOptions({ startTokens: 2, tokensPerSecond: 0 }), 0);
    expect([1, 2, 3].map(() => decide(refused, getOnce, budget))).toEqual([
      wait(25),
      wait(25),
      giveUp('budget'),
    ]);
    expect(budget.withheld).toBe(1);
  });

  it('without asking the budget for what something else forbids', () => {
    const budget = new RetryBudget(resolveRetryBudgetOptions(), 0);
    decide(responded(200), getOnce, budget);
    decide(responded(503), postOnce, budget);
    decide(failed('PLR_CIRCUIT_OPEN'), getOnce, budget);
    decide(refused, { ...getOnce, policyAttemptsUsed: 3 }, budget);
    decide(refused, { ...getOnce, deadlineAtMs: 1 }, budget);
    expect(budget.tokens(0)).toBe(10);
  });
});

describe('Retry-After', () => {
  it('is waited for, and the jitter on top', () => {
    expect(decide(responded(503, 2000))).toEqual(wait(2025));
    expect(decide(responded(429, 0))).toEqual(wait(25));
  });

  it('beyond the deadline ends the request at once', () => {
    expect(decide(responded(503, 2000), { ...getOnce, deadlineAtMs: 2000 })).toEqual(giveUp('deadline'));
  });

  it('beyond the longest wait ends the request at once, also without a deadline', () => {
    expect(decide(responded(503, 20_000))).toEqual(wait(20_025));
    expect(decide(responded(503, 20_001))).toEqual(giveUp('retry-after'));
    expect(decide(responded(503, Infinity))).toEqual(giveUp('retry-after'));
  });
});

describe('the waits', () => {
  it('grow with the attempts and are jittered', () => {
    const rng = seededRng(5);
    const patient = resolveRetryOptions({ attempts: 9 });
    const longest = [0, 0, 0, 0, 0, 0, 0, 0];
    const seen = new Set<number>();
    for (let round = 0; round < 200; round += 1) {
      for (const used of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const facts = { ...getOnce, policyAttemptsUsed: used };
        const decision = decideRetry(responded(503), facts, patient, undefined, rng);
        if (decision.action !== 'wait') throw new Error(`attempt ${used} was not retried`);
        longest[used - 1] = Math.max(longest[used - 1] ?? 0, decision.delayMs);
        seen.add(decision.delayMs);
      }
    }
    expect(seen.size).toBe(1600);
    longest.forEach((ms, index) => {
      expect(ms).toBeLessThan(50 * 2 ** index);
      expect(ms).toBeGreaterThan(0.9 * 50 * 2 ** index);
    });
  });
});

describe('retry options', () => {
  it('have defaults', () => {
    expect(options).toEqual({
      attempts: 3,
      backoff: { baseMs: 50, capMs: 20_000 },
      codes: [
        'PLR_CONNECT_TIMEOUT',
        'PLR_CONNECT_REFUSED',
        'PLR_CONNECT_FAILED',
        'PLR_DNS',
        'PLR_RESET',
        'PLR_CLOSED_BY_PEER',
        'PLR_PEER_UNREACHABLE',
        'PLR_HEADERS_TIMEOUT',
        'PLR_BODY_TIMEOUT',
        'PLR_ATTEMPT_TIMEOUT',
      ],
      statuses: [429, 502, 503, 504],
      maxRetryAfterMs: 20_000,
      budget: { startTokens: 10, tokensPerSecond: 10, tokensPerRequest: 0.2 },
      attemptHeader: undefined,
    });
  });

  it('can name the error codes, those of a protocol violation too', () => {
    const named = resolveRetryOptions({ codes: ['PLR_PROTOCOL'], budget: false });
    const reset = failed('PLR_RESET', { phase: 'connect' });
    const rng = { next: () => 0 };
    expect(decideRetry(reset, getOnce, named, undefined, rng)).toEqual(giveUp('not-retryable'));
    expect(decideRetry(failed('PLR_PROTOCOL'), getOnce, named, undefined, rng)).toEqual(wait(0));
  });

  it('can turn the budget off', () => {
    expect(resolveRetryOptions({ budget: false }).budget).toBe(false);
  });

  it.each([
    [false, undefined],
    [true, 'X-Request-Attempt'],
    ['x-envoy-attempt-count', 'x-envoy-attempt-count'],
  ])('give the attempt header %j the name %j', (attemptHeader, name) => {
    expect(resolveRetryOptions({ attemptHeader }).attemptHeader).toBe(name);
  });

  it.each(['', 'X-', 'Host', 'Content-Length', 'X-A\r\nHost', 'X-A: 1', 'X-Ä', `X-${'a'.repeat(63)}`])(
    'refuse the attempt header %j, which no allowed name is',
    (attemptHeader) => {
      expect(() => resolveRetryOptions({ attemptHeader })).toThrow(
        'retry.attemptHeader must be true, false or a name of X- and 1 to 62 letters, digits and hyphens',
      );
    },
  );

  it.each([
    [{ attempts: 0 }, 'retry.attempts must be a whole number from 1 to 100, got 0'],
    [{ attempts: 1.5 }, 'retry.attempts must be a whole number from 1 to 100, got 1.5'],
    [{ backoff: { baseMs: -1 } }, 'retry.backoff.baseMs must be a number from 0 to 60000, got -1'],
    [{ statuses: [503, 200] }, 'retry.statuses[1] must be a whole number from 400 to 599, got 200'],
    [
      { codes: ['PLR_RESET', 'PLR_DEADLINE'] as const },
      'retry.codes[1] must be a code of kind connection, timeout or protocol, got "PLR_DEADLINE"',
    ],
    [{ maxRetryAfterMs: -1 }, 'retry.maxRetryAfterMs must be a number from 0 to 86400000, got -1'],
    [{ budget: { startTokens: -1 } }, 'retry.budget.startTokens must be a number from 0 to 1000000, got -1'],
  ])('refuse %j', (given, sentence) => {
    expect(() => resolveRetryOptions(given)).toThrow(sentence);
  });
});
