import { describe, expect, it } from 'vitest';
import { ClosedSchedule } from '#libs/load';
import { remainderOf } from './closed-remainder.ts';

const PHASES = { baselineMs: 2_000, recoveryMs: 3_000 };
const SCHEDULE = new ClosedSchedule({ concurrency: 4, requests: 100, durationMs: 10_000, ...PHASES });

describe('what is left of a closed load', () => {
  it.each([
    ['at its beginning', -2_000, { baselineMs: 2_000, durationMs: 10_000, recoveryMs: 3_000 }],
    ['in its baseline', -500, { baselineMs: 500, durationMs: 10_000, recoveryMs: 3_000 }],
    ['in its stages', 4_000, { baselineMs: 0, durationMs: 6_000, recoveryMs: 3_000 }],
  ])('%s has the phases that are still to come', (_, offsetMs, phases) => {
    expect(remainderOf(SCHEDULE, offsetMs)).toEqual({ concurrency: 4, requests: 100, ...phases });
  });

  it('in its recovery is bounded by time alone', () => {
    expect(remainderOf(SCHEDULE, 11_000)).toEqual({ concurrency: 4, durationMs: 2_000 });
  });

  it('is nothing at its end', () => {
    expect(remainderOf(SCHEDULE, 13_000)).toBeUndefined();
  });
});
