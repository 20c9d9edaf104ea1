import { describe, expect, it } from 'vitest';
import type { FaultSpec, PlannedFault } from '#libs/campaign';
import { FakeClock } from '#libs/testing';
import { outerFaultsOf } from './outer-faults.ts';

const CRASH: FaultSpec = { id: 'crash', type: 'crash', where: 'target', durationMs: 500 };
const RESET: FaultSpec = { id: 'resets', type: 'reset', where: 'client' };
const TOXIC: FaultSpec = { id: 'slow', type: 'latency', where: 'proxy' };
const clock = new FakeClock();

function planned({ id, type, where }: FaultSpec): PlannedFault {
  return { id, type, where, startMs: 0, endMs: 500, expectedHits: undefined };
}

describe('the outer faults of a campaign', () => {
  it('ask nobody where there are none, whether or not there is a supervisor', async () => {
    const faults = outerFaultsOf({ faults: [RESET] }, { controlUrl: undefined, clock });
    await expect(faults.removeAll()).resolves.toBeUndefined();
    await expect(faults.apply(planned(RESET))).resolves.toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
    await faults.close();
  });

  it('cannot be had without those that the plan was promised', () => {
    const options = { controlUrl: undefined, clock };
    expect(() => outerFaultsOf({ faults: [CRASH] }, options)).toThrow('one with a controlUrl');
    expect(() => outerFaultsOf({ faults: [TOXIC] }, options)).toThrow('a target with one');
  });
});
