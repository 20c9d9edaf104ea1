import { seededRng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { RollingCount } from './rolling-count.ts';

describe('a rolling count of 10 × 1 s', () => {
  it('begins at nothing', () => {
    expect(new RollingCount(10, 1000).total(123_456)).toBe(0);
  });

  it('keeps an event until its bucket is the eleventh', () => {
    const count = new RollingCount(10, 1000);
    count.add(500);
    expect(count.total(9999)).toBe(1);
    expect(count.total(10_000)).toBe(0);
  });

  it('forgets bucket by bucket', () => {
    const count = new RollingCount(10, 1000);
    for (let second = 0; second < 10; second += 1) count.add(second * 1000);
    expect([9999, 10_000, 11_000, 18_999, 19_000].map((nowMs) => count.total(nowMs))).toEqual([
      10, 9, 8, 1, 0,
    ]);
  });

  it('is empty after a long silence', () => {
    const count = new RollingCount(10, 1000);
    count.add(0);
    count.add(86_400_000);
    expect(count.total(86_400_000)).toBe(1);
  });

  it('counts a late event in the running bucket', () => {
    const count = new RollingCount(10, 1000);
    count.add(5000);
    count.add(4999);
    expect(count.total(5000)).toBe(2);
  });

  it('counts on a clock that starts below zero', () => {
    const count = new RollingCount(10, 1000);
    count.add(-3500);
    count.add(200);
    expect([count.total(5999), count.total(6000)]).toEqual([2, 1]);
  });

  it('is empty after a reset, and counts on', () => {
    const count = new RollingCount(10, 1000);
    count.add(0);
    count.reset();
    count.add(1);
    expect([count.total(1), count.total(9999), count.total(10_000)]).toEqual([1, 1, 0]);
  });

  it('agrees with a list of all events', () => {
    const rng = seededRng(3);
    const count = new RollingCount(10, 1000);
    const events: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 2000; i += 1) {
      nowMs += rng.next() < 0.01 ? 15_000 * rng.next() : 100 * rng.next();
      events.push(nowMs);
      count.add(nowMs);
      const oldest = Math.floor(nowMs / 1000) - 9;
      expect(count.total(nowMs)).toBe(events.filter((atMs) => Math.floor(atMs / 1000) >= oldest).length);
    }
  });
});
