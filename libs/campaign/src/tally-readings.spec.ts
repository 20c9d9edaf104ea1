import { describe, expect, it } from 'vitest';
import { RunTally, SecondWindows, type RequestSample } from '#libs/stats';
import { generatorOf } from './generator.ts';
import { METRICS } from './metric.ts';
import { readTally, secondOf } from './tally-readings.ts';

const ok: RequestSample = {
  isOk: true,
  outcome: 'first-try',
  cell: 'none/first-try',
  attempts: 1,
  retries: 0,
  latencyMs: 10,
  sendLatencyMs: 10,
  failures: [],
};
const surfaced: RequestSample = {
  ...ok,
  isOk: false,
  outcome: 'surfaced',
  cell: 'organic/surfaced',
  attempts: 3,
  retries: 2,
  latencyMs: 100,
};
const fastFailed: RequestSample = { ...ok, isOk: false, outcome: 'fast-failed', cell: 'organic/fast-failed' };

describe('the readings of a tally', () => {
  const tally = new RunTally();
  for (let i = 0; i < 97; i += 1) tally.phases.stages.add(ok);
  tally.phases.stages.add(fastFailed);
  tally.phases.stages.add(surfaced);
  tally.phases.stages.add(surfaced);
  tally.phases.baseline.add(ok);
  const read = readTally(tally);

  it.each([
    ['latency.p50', 10],
    ['latency.p90', 10],
    ['latency.p99', 100],
    ['latency.p999', 100],
    ['latency.mean', 11.8],
    ['failed.rate', 0.03],
    ['surfaced.rate', 0.02],
    ['retries.rate', 0.04],
  ] as const)('have %s of a phase', (metric, value) => {
    const reading = read(metric, 'stages');
    expect(reading.samples).toBe(100);
    // A histogram of 3 digits gives the upper end of a bucket.
    expect((reading.value ?? NaN) / value).toBeCloseTo(1, 2);
  });

  it('are over all phases when none is named', () => {
    expect(read('failed.rate', undefined)).toEqual({ value: 3 / 101, samples: 101 });
  });

  it.each(METRICS)('have no value of %s without a request', (metric) => {
    expect(read(metric, 'recovery')).toEqual({ value: undefined, samples: 0 });
  });
});

describe('the readings of a second', () => {
  it('are of the last seconds, that one included', () => {
    const windows = new SecondWindows(10);
    windows.add(4_000, surfaced);
    windows.add(5_000, surfaced);
    windows.add(6_000, ok);
    windows.add(7_000, surfaced);
    const second = secondOf(windows, 6, 'stages');
    expect(second.read('failed.rate', 1)).toEqual({ value: 0, samples: 1 });
    expect(second.read('failed.rate', 2)).toEqual({ value: 0.5, samples: 2 });
    expect(second.read('failed.rate', 3)).toEqual({ value: 2 / 3, samples: 3 });
  });
});

describe('what a tally says of the generator', () => {
  it('is what it sent, what it missed and how late it was, in all phases', () => {
    const tally = new RunTally();
    tally.phases.baseline.addArrival(0);
    tally.phases.stages.addArrival(50);
    tally.phases.stages.counts.missed += 3;
    const { arrivals, missed, lagP99Ms } = generatorOf(tally);
    expect([arrivals, missed]).toEqual([2, 3]);
    expect(lagP99Ms / 50).toBeCloseTo(1, 2);
  });
});
