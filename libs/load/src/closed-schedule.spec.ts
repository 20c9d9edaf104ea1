import { describe, expect, it } from 'vitest';
import { ClosedSchedule } from './closed-schedule.ts';

describe('a closed schedule', () => {
  it('has its phases around t = 0, by the start of a request', () => {
    const { timeline } = new ClosedSchedule({
      concurrency: 5,
      durationMs: 100,
      baselineMs: 20,
      recoveryMs: 30,
    });
    expect(timeline).toMatchObject({ startMs: -20, stagesEndMs: 100, endMs: 130 });
    expect([-20, -0.1, 0, 99.9, 100, 130].map((offsetMs) => timeline.phaseAt(offsetMs))).toEqual([
      'baseline',
      'baseline',
      'stages',
      'stages',
      'recovery',
      'recovery',
    ]);
  });

  it('may be ended by its requests alone', () => {
    const { timeline, requests } = new ClosedSchedule({ concurrency: 1, requests: 9, durationMs: Infinity });
    expect([requests, timeline.endMs]).toEqual([9, Infinity]);
  });
});
