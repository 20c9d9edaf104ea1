import { describe, expect, it } from 'vitest';
import { seededRng } from '#libs/kernel';
import { LatencyHistogram } from './latency-histogram.ts';

function histogramOf(...latenciesMs: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of latenciesMs) histogram.record(ms);
  return histogram;
}

/** From a microsecond to an hour, each order of magnitude as likely as another. */
function drawLatencies(seed: number, count: number): number[] {
  const rng = seededRng(seed);
  return Array.from({ length: count }, () => 10 ** (rng.next() * 9.5 - 3));
}

describe('a latency histogram', () => {
  it('says 0 while it is empty', () => {
    const { count, meanMs, maxMs } = new LatencyHistogram();
    expect({ count, meanMs, maxMs, p99: new LatencyHistogram().quantileMs(0.99) }).toEqual({
      count: 0,
      meanMs: 0,
      maxMs: 0,
      p99: 0,
    });
  });

  it('gives the latency that a share of all did not exceed', () => {
    const histogram = histogramOf(...Array.from({ length: 1000 }, (_, index) => (index + 1) / 1000));
    expect([0, 0.001, 0.5, 0.99, 0.999, 1].map((q) => histogram.quantileMs(q))).toEqual([
      0.001, 0.001, 0.5, 0.99, 0.999, 1,
    ]);
    expect(histogram.meanMs).toBeCloseTo(0.5005, 3);
  });

  it('is exact to the microsecond up to 2 ms', () => {
    for (const us of [0, 1, 2, 999, 1024, 1999, 2047]) expect(histogramOf(us / 1000).maxMs).toBe(us / 1000);
  });

  it('overstates by at most 0.1 % and never understates, from 2 ms to an hour', () => {
    for (const ms of drawLatencies(1, 10_000)) {
      const reportedUs = Math.round(histogramOf(ms).quantileMs(0.5) * 1000);
      const us = Math.round(ms * 1000);
      expect(reportedUs).toBeGreaterThanOrEqual(us);
      expect(reportedUs).toBeLessThanOrEqual(us * 1.001);
    }
  });

  it('takes what is longer than an hour for an hour', () => {
    expect(histogramOf(86_400_000).maxMs).toBe(histogramOf(3_600_000).maxMs);
  });

  it.each([-0.001, Number.NaN])('takes a latency of %d for a bug', (ms) => {
    expect(() => histogramOf(ms)).toThrow(`BUG: a latency of ${ms} ms was recorded`);
  });

  it.each([-0.1, 99, Number.NaN])('refuses the quantile %d', (q) => {
    expect(() => new LatencyHistogram().quantileMs(q)).toThrow(`q must be a number from 0 to 1, got ${q}`);
  });

  it('merged is as if all had been recorded in one, encoded on the way or not', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const latenciesMs = drawLatencies(seed, 50 * seed);
      const rng = seededRng(seed);
      const parts = [new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram()];
      for (const ms of latenciesMs) parts[Math.floor(rng.next() * parts.length)]?.record(ms);
      const merged = new LatencyHistogram();
      const sent = new LatencyHistogram();
      for (const part of parts) {
        merged.merge(part);
        sent.merge(part.encode());
      }
      const together = histogramOf(...latenciesMs).encode();
      expect([merged.encode(), sent.encode()]).toEqual([together, together]);
    }
  });

  it('comes back from its encoding with all that it says', () => {
    const histogram = histogramOf(...drawLatencies(7, 1000));
    const decoded = LatencyHistogram.decode(histogram.encode());
    const facts = ({ count, meanMs, maxMs }: LatencyHistogram): object => ({ count, meanMs, maxMs });
    expect(facts(decoded)).toEqual(facts(histogram));
    expect(decoded.quantileMs(0.9)).toBe(histogram.quantileMs(0.9));
    expect(LatencyHistogram.decode(new LatencyHistogram().encode()).count).toBe(0);
  });

  it('fits a job, however much was recorded', () => {
    expect(histogramOf(...drawLatencies(3, 20_000)).encode().length).toBeLessThan(16_384);
  });

  it.each(['', 'no histogram', 'AAAAAAAA'])('does not decode "%s"', (text) => {
    expect(() => LatencyHistogram.decode(text)).toThrow();
  });

  it('forgets everything when it is cleared', () => {
    const histogram = histogramOf(5, 7);
    histogram.clear();
    histogram.record(1);
    expect(histogram.encode()).toBe(histogramOf(1).encode());
  });
});
