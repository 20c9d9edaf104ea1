import { seededRng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { epochTime } from './epoch-time.ts';

describe('the time of a span', () => {
  it('is the time origin of the process and the time since', () => {
    const [seconds, ns] = epochTime(0);
    expect(Math.abs(seconds * 1_000 + ns / 1e6 - performance.timeOrigin)).toBeLessThan(0.001);
  });

  it('keeps the nanoseconds between two times exactly', () => {
    const [fromS, fromNs] = epochTime(1_000);
    const [toS, toNs] = epochTime(3_250.5);
    expect((toS - fromS) * 1e9 + toNs - fromNs).toBe(2_250_500_000);
  });

  it('never runs backwards, and its parts are in range', () => {
    const rng = seededRng(3);
    const times = Array.from({ length: 2_000 }, () => rng.next() * 5_000).sort((a, b) => a - b);
    let [lastS, lastNs] = epochTime(0);
    for (const atMs of times) {
      const [seconds, ns] = epochTime(atMs);
      expect(ns).toBeGreaterThanOrEqual(0);
      expect(ns).toBeLessThan(1e9);
      expect((seconds - lastS) * 1e9 + ns - lastNs).toBeGreaterThanOrEqual(0);
      [lastS, lastNs] = [seconds, ns];
    }
  });
});
