import { seededRng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { resolveRetryBudgetOptions, RetryBudget } from './retry-budget.ts';

const options = resolveRetryBudgetOptions();

function withdrawAll(budget: RetryBudget, nowMs: number): number {
  let taken = 0;
  while (taken < 1_000_000 && budget.tryWithdraw(nowMs)) taken += 1;
  return taken;
}

describe('the retry budget', () => {
  it('starts with ten tokens and refuses the eleventh retry, counted', () => {
    const budget = new RetryBudget(options, 0);
    expect(withdrawAll(budget, 0)).toBe(10);
    expect(budget.withheld).toBe(1);
  });

  it('gains ten tokens a second', () => {
    const budget = new RetryBudget(options, 0);
    withdrawAll(budget, 0);
    expect(budget.tryWithdraw(99)).toBe(false);
    expect(budget.tryWithdraw(100)).toBe(true);
    expect(withdrawAll(budget, 600)).toBe(5);
  });

  it('gains a fifth of a token with each first attempt', () => {
    const budget = new RetryBudget(options, 0);
    withdrawAll(budget, 0);
    for (let i = 0; i < 20; i += 1) budget.onFirstAttempt(0);
    expect(withdrawAll(budget, 0)).toBe(4);
  });

  it('saves up no more than its cap, which follows the first attempts of the last ten seconds', () => {
    const budget = new RetryBudget(options, 0);
    expect(budget.tokens(60_000)).toBe(10);
    // 100 requests a second for ten seconds: the cap is 10 + 0.2 × 100.
    for (let i = 0; i < 1000; i += 1) budget.onFirstAttempt(60_000 + i * 10);
    expect(budget.tokens(69_999)).toBeCloseTo(30, 9);
    expect(budget.tokens(75_000)).toBeCloseTo(10 + 0.2 * 40, 9);
    expect(budget.tokens(80_000)).toBe(10);
  });

  it('pays nothing for time that runs backwards', () => {
    const budget = new RetryBudget(options, 1000);
    withdrawAll(budget, 1000);
    expect([budget.tokens(500), budget.tokens(1000)]).toEqual([0, 0]);
  });

  it('can be set to share of the requests alone', () => {
    const only = resolveRetryBudgetOptions({ startTokens: 0, tokensPerSecond: 0, tokensPerRequest: 0.5 });
    const budget = new RetryBudget(only, 0);
    expect(budget.tryWithdraw(1000)).toBe(false);
    for (let i = 0; i < 1000; i += 1) budget.onFirstAttempt(1000);
    // 500 were paid in, but the cap is half of the 100 a second.
    expect(withdrawAll(budget, 1000)).toBe(50);
  });

  it.each([[1], [2], [3], [4], [5]])(
    'never exceeds its bound in any second or more of 60 (seed %i)',
    (seed) => {
      const rng = seededRng(seed);
      const budget = new RetryBudget(options, 0);
      const requests = new Float64Array(61);
      const retries = new Float64Array(61);
      const perSecond = new RequestLog();
      let highestCap = 10;
      for (let second = 0; second < 60; second += 1) {
        const rate = Math.floor(rng.next() * 500);
        for (let i = 0; i < rate; i += 1) {
          const nowMs = second * 1000 + (i * 1000) / rate;
          budget.onFirstAttempt(nowMs);
          perSecond.add(second);
          highestCap = Math.max(highestCap, 10 + 0.2 * (perSecond.last10(second) / 10));
          // Everything fails and wants two retries, in some seconds only.
          if (second % 7 !== 0 && budget.tryWithdraw(nowMs))
            retries[second + 1] = (retries[second + 1] ?? 0) + 1;
          if (second % 7 !== 0 && budget.tryWithdraw(nowMs))
            retries[second + 1] = (retries[second + 1] ?? 0) + 1;
        }
        requests[second + 1] = rate;
      }
      for (let i = 1; i <= 60; i += 1) {
        requests[i] = (requests[i] ?? 0) + (requests[i - 1] ?? 0);
        retries[i] = (retries[i] ?? 0) + (retries[i - 1] ?? 0);
      }
      for (let from = 0; from < 60; from += 1) {
        for (let to = from + 1; to <= 60; to += 1) {
          const made = (retries[to] ?? 0) - (retries[from] ?? 0);
          const asked = (requests[to] ?? 0) - (requests[from] ?? 0);
          expect(made).toBeLessThanOrEqual(highestCap + 10 * (to - from) + 0.2 * asked + 1e-6);
        }
      }
      expect(retries[60]).toBeGreaterThan(60 * 10);
      expect(budget.withheld).toBeGreaterThan(0);
    },
  );
});

/** The first attempts of each second, kept apart from the budget's own count. */
class RequestLog {
  readonly #counts: number[] = [];

  add(second: number): void {
    this.#counts[second] = (this.#counts[second] ?? 0) + 1;
  }

  last10(second: number): number {
    let sum = 0;
    for (let i = Math.max(0, second - 9); i <= second; i += 1) sum += this.#counts[i] ?? 0;
    return sum;
  }
}

describe('retry budget options', () => {
  it('have defaults', () => {
    expect(options).toEqual({ startTokens: 10, tokensPerSecond: 10, tokensPerRequest: 0.2 });
  });

  it('are refused with field, value and range', () => {
    expect(() => resolveRetryBudgetOptions({ tokensPerRequest: 101 })).toThrow(
      'retry.budget.tokensPerRequest must be a number from 0 to 100, got 101',
    );
  });
});
