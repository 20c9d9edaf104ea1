import { describe, expect, it } from 'vitest';
import { RateCap } from './rate-cap.ts';

describe('a rate cap', () => {
  it('lets so many through and no more until a second has passed since the first', () => {
    const cap = new RateCap(2);
    expect([cap.take(0), cap.take(400), cap.take(999), cap.take(1_000), cap.take(1_001)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(cap.take(1_400)).toBe(true);
  });

  it('never lets more through in any one second, wherever that second begins', () => {
    const cap = new RateCap(20);
    const passedAtMs: number[] = [];
    for (let atMs = 0; atMs < 5_000; atMs += 3) if (cap.take(atMs)) passedAtMs.push(atMs);
    const fullest = Math.max(
      ...passedAtMs.map((from) => passedAtMs.filter((atMs) => atMs >= from && atMs < from + 1_000).length),
    );
    expect(fullest).toBe(20);
  });
});
