import { seededRng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { fullJitterMs, resolveBackoffOptions } from './backoff.ts';

const options = resolveBackoffOptions();
const highest = { next: () => 1 - Number.EPSILON };

describe('full jitter', () => {
  it.each([
    [1, 50],
    [2, 100],
    [3, 200],
    [9, 12_800],
    [10, 20_000],
    [100, 20_000],
    [5000, 20_000],
  ])('waits at most, before retry %i, %i ms', (retry, atMostMs) => {
    expect(fullJitterMs(retry, options, highest)).toBeCloseTo(atMostMs, 6);
  });

  it('is spread evenly over the whole range', () => {
    const rng = seededRng(1);
    const quarters = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i += 1) {
      const waitMs = fullJitterMs(3, options, rng);
      const quarter = Math.floor(waitMs / 50);
      quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    expect(quarters).toHaveLength(4);
    // 1000 expected in each; five standard deviations are 137.
    for (const count of quarters) expect(Math.abs(count - 1000)).toBeLessThan(137);
  });

  it('repeats with the same seed', () => {
    const draw = (seed: number): number => fullJitterMs(5, options, seededRng(seed));
    expect(draw(7)).toBe(draw(7));
    expect(draw(7)).not.toBe(draw(8));
  });
});

describe('backoff options', () => {
  it('have defaults', () => {
    expect(resolveBackoffOptions({ baseMs: undefined })).toEqual({ baseMs: 50, capMs: 20_000 });
  });

  it('take a base above the default cap without a word about the cap', () => {
    expect(resolveBackoffOptions({ baseMs: 30_000 }).capMs).toBe(30_000);
  });

  it.each([
    [{ baseMs: -1 }, 'backoff.baseMs must be a number from 0 to 60000, got -1'],
    [{ baseMs: Number.NaN }, 'backoff.baseMs must be a number from 0 to 60000, got NaN'],
    [{ baseMs: 100, capMs: 99 }, 'backoff.capMs must be a number from 100 to 3600000, got 99'],
  ])('refuse %o', (given, sentence) => {
    expect(() => resolveBackoffOptions(given)).toThrow(sentence);
  });
});
