import { describe, expect, it } from 'vitest';
import type { SegmentPart } from '#libs/run';
import { LatencyHistogram, RunTally } from '#libs/stats';
import { SecondMarks } from './second-marks.ts';

const NONE = { requests: 0, ok: 0, failed: 0, surfaced: 0, retries: 0, missed: 0 };

function partOf(seconds: Readonly<Record<number, Partial<typeof NONE>>>): SegmentPart {
  const latency = new LatencyHistogram().encode();
  return {
    segment: 0,
    epoch: 1,
    stage: 'sending',
    untilMs: 0,
    inFlight: 0,
    tally: new RunTally().snapshot(),
    seconds: Object.entries(seconds).map(([second, counts]) => ({
      second: Number(second),
      counts: { ...NONE, ...counts },
      latency,
      tenths: { used: 0, organic: 0, collateral: 0 },
    })),
    faults: {},
  };
}

describe('the seconds of a run as marks for a drill', () => {
  it('are affected by failures and retries of any segment, and left out where nothing was sent', () => {
    const marks = new SecondMarks();
    marks.add([
      partOf({ 0: { requests: 5 }, 1: { requests: 5 }, 2: {} }),
      partOf({ 1: { requests: 1, failed: 1 } }),
    ]);
    marks.add([partOf({ 3: { requests: 5, retries: 1 }, 1: { requests: 5 } })]);
    expect(marks.series(10_000)).toEqual({
      requests: [
        { startedAtMs: 10_000, endedAtMs: 11_000, isAffected: false },
        { startedAtMs: 11_000, endedAtMs: 12_000, isAffected: true },
        { startedAtMs: 13_000, endedAtMs: 14_000, isAffected: true },
      ],
      reactionsAtMs: [14_000],
    });
  });
});
