import { describe, expect, it } from 'vitest';
import { campaign, closed, open } from './campaign.spec-helper.ts';
import { schedulesOf } from './schedules.ts';

describe('the schedules of a campaign', () => {
  it('go on in the recovery only where the scenario lasts to the end of the stages', () => {
    const short = { ...closed, name: 'short', durationMs: 4_000 };
    const ends = schedulesOf(campaign({ scenarios: [open, short, { ...closed, requests: 10 }] })).map(
      ({ scenario, schedule }) => [scenario.name, schedule.timeline.startMs, schedule.timeline.endMs],
    );
    expect(ends).toEqual([
      ['open', -5_000, 15_000],
      ['short', -5_000, 4_000],
      ['closed', -5_000, 15_000],
    ]);
  });

  it('begin an open ramp where the campaign says', () => {
    const [first] = schedulesOf(campaign({ scenarios: [{ ...open, startRatePerSecond: 0 }] }));
    // From 0 to 100/s in ten seconds: half of a constant load.
    expect(first?.model === 'open' && first.schedule.count(10_000)).toBe(500);
  });
});
