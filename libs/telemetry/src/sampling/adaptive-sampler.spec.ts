import { seededRng } from '#libs/kernel';
import { FakeClock } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { AdaptiveSampler } from './adaptive-sampler.ts';

/** Offers `perSecond` requests a second, evenly; returns how many of each second were kept. */
function keptEachSecond(
  sampler: AdaptiveSampler,
  clock: FakeClock,
  perSecond: number,
  seconds: number,
): number[] {
  return Array.from({ length: seconds }, () => {
    let kept = 0;
    for (let i = 0; i < perSecond; i += 1) {
      if (sampler.keepsAtStart()) kept += 1;
      clock.advance(1_000 / perSecond);
    }
    return kept;
  });
}

function sampler(): { clock: FakeClock; adaptive: AdaptiveSampler } {
  const clock = new FakeClock();
  return { clock, adaptive: new AdaptiveSampler(clock, seededRng(7)) };
}

describe('the adaptive sampler', () => {
  it('keeps every trace at 50 requests a second', () => {
    const { clock, adaptive } = sampler();
    expect(keptEachSecond(adaptive, clock, 50, 4)).toEqual([50, 50, 50, 50]);
  });

  it('keeps about 50 a second of a thousand, once it has seen a full second', () => {
    const { clock, adaptive } = sampler();
    const kept = keptEachSecond(adaptive, clock, 1_000, 11);
    const mean = kept.slice(1).reduce((sum, count) => sum + count, 0) / 10;
    // Binomial with p = 0.05: the mean of ten seconds lies within 4 standard deviations of 50.
    expect(Math.abs(mean - 50)).toBeLessThan(4 * Math.sqrt((1_000 * 0.05 * 0.95) / 10));
  });

  it('already thins out in the first second of a burst', () => {
    const { clock, adaptive } = sampler();
    const [first = 0] = keptEachSecond(adaptive, clock, 2_000, 1);
    // 50, and after them 50/51 + 50/52 + … + 50/2000 = 184 on the average.
    expect(first).toBeGreaterThan(50);
    expect(first).toBeLessThan(50 + 184 + 4 * Math.sqrt(184));
  });

  it('keeps every trace again when the rush is over', () => {
    const { clock, adaptive } = sampler();
    keptEachSecond(adaptive, clock, 1_000, 2);
    expect(keptEachSecond(adaptive, clock, 40, 2)[1]).toBe(40);
    keptEachSecond(adaptive, clock, 1_000, 2);
    clock.advance(10_000);
    expect(keptEachSecond(adaptive, clock, 40, 1)).toEqual([40]);
  });

  it('keeps 20 a second of each class, each for itself', () => {
    const { clock, adaptive } = sampler();
    const keptOf = (why: 'failed' | 'slow'): number =>
      Array.from({ length: 100 }, () => adaptive.keeps(why)).filter(Boolean).length;
    expect([keptOf('failed'), keptOf('failed'), keptOf('slow')]).toEqual([20, 0, 20]);
    clock.advance(1_000);
    expect(keptOf('failed')).toBe(20);
  });
});
