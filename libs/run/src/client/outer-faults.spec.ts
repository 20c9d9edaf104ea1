import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '#libs/campaign';
import { FakeClock } from '#libs/testing';
import { planOf, specOf } from '../scripted-load.spec-helper.ts';
import { outerFaultsOf } from './outer-faults.ts';
import { SupervisedFaults } from './supervised-faults.ts';

const CRASH: FaultSpec = { id: 'crash', type: 'crash', where: 'target', durationMs: 500 };
const RESET: FaultSpec = { id: 'resets', type: 'reset', where: 'client' };
const controlUrl = new URL('http://192.0.2.1:8081');
const clock = new FakeClock();

describe('the outer faults of a plan', () => {
  it('are carried out by the supervisor of its target', () => {
    const faults = outerFaultsOf(planOf(specOf({ faults: [RESET, CRASH] })), { controlUrl, clock });
    expect(faults).toBeInstanceOf(SupervisedFaults);
  });

  it('ask nobody where there are none, whether or not there is a supervisor', async () => {
    const faults = outerFaultsOf(planOf(specOf({ faults: [RESET] })), { controlUrl, clock });
    await expect(faults.removeAll()).resolves.toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it('cannot be had without a supervisor that the plan was promised', () => {
    const plan = planOf(specOf({ faults: [CRASH] }));
    expect(() => outerFaultsOf(plan, { controlUrl: undefined, clock })).toThrow('with a controlUrl');
  });
});
