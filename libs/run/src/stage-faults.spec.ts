import { describe, expect, it } from 'vitest';
import { schedulesOf, type CampaignSpec, type FaultSpec } from '#libs/campaign';
import { FakeClock } from '#libs/testing';
import { specOf } from './scripted-load.spec-helper.ts';
import { StageFaults } from './stage-faults.ts';

const T0 = 5_000;
const LATE: FaultSpec = { id: 'late', type: 'reset', where: 'client', startMs: 3_000, durationMs: 2_000 };

function setUp(spec: CampaignSpec) {
  const clock = new FakeClock(T0);
  const [scenario] = schedulesOf(spec);
  const faults = new StageFaults(spec, 1, scenario!, T0, clock);
  return { clock, faults, kindOf: (seq: number, attempt = 1) => faults.decide(seq, attempt).kind };
}

const always = (fault: Partial<FaultSpec> = {}): FaultSpec => ({
  id: 'all',
  type: 'reset',
  where: 'client',
  ...fault,
});

describe('the faults of the stages', () => {
  it('strike an open request by its intended start, whenever it is sent', () => {
    const { kindOf } = setUp(specOf({ faults: [LATE] }));
    // Ten a second.
    expect([29, 30, 49, 50].map((seq) => kindOf(seq))).toEqual(['pass', 'reset', 'reset', 'pass']);
  });

  it('strike neither the baseline nor the recovery', () => {
    const { kindOf } = setUp(specOf({ faults: [always()] }));
    expect([-1, 0, 99, 100].map((seq) => kindOf(seq))).toEqual(['pass', 'reset', 'reset', 'pass']);
  });

  it('strike a closed request by when it started, with all its attempts', () => {
    const scenario = {
      name: 'a',
      model: 'closed',
      concurrency: 1,
      durationMs: 10_000,
      request: { method: 'GET', path: '/' },
    } as const;
    const { clock, faults, kindOf } = setUp(specOf({ scenarios: [scenario], faults: [LATE] }));
    clock.advance(4_999);
    expect(kindOf(0)).toBe('reset');
    clock.advance(1);
    expect(kindOf(0, 2)).toBe('reset');
    expect(kindOf(1)).toBe('pass');
    faults.forget(0);
    expect(kindOf(0)).toBe('pass');
  });
});
