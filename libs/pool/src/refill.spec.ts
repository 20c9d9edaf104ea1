import { describe, expect, it } from 'vitest';
import { Refill } from './refill.ts';

/** Waits are longest where chance is 1 and half as long where it is 0. */
const refill = (chance: number): Refill => new Refill({ next: () => chance });

describe('the refill of a pool', () => {
  it('has nothing to do where nothing is missing', () => {
    expect(refill(1).plan(0, 0)).toEqual({ dials: 0, nextAtMs: Infinity });
  });

  it('dials for two at a time, however many are missing', () => {
    const plan = refill(1);
    expect(plan.plan(9, 0).dials).toBe(2);
    plan.onDialling();
    expect(plan.plan(8, 0).dials).toBe(1);
    plan.onDialling();
    expect(plan.plan(7, 0).dials).toBe(0);
    plan.onDialEnded();
    expect(plan.plan(7, 0).dials).toBe(1);
  });

  it('waits longer after each failure, up to five seconds, and says when it goes on', () => {
    const plan = refill(1);
    const waits: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 11; i += 1) {
      plan.onFailed(nowMs);
      const { dials, nextAtMs } = plan.plan(1, nowMs);
      expect(dials).toBe(0);
      waits.push(nextAtMs - nowMs);
      nowMs = nextAtMs;
      expect(plan.plan(1, nowMs).dials).toBe(1);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5000, 5000]);
  });

  it('shortens a wait by up to half, by chance', () => {
    const plan = refill(0);
    plan.onFailed(0);
    expect(plan.plan(1, 0).nextAtMs).toBe(5);
  });

  it('takes dials that fail together for one failure', () => {
    const plan = refill(1);
    plan.onFailed(0);
    plan.onFailed(0);
    plan.onFailed(10);
    expect(plan.plan(1, 10).nextAtMs).toBe(30);
  });

  it('goes on at once when any dial connects', () => {
    const plan = refill(1);
    for (let i = 0; i < 20; i += 1) plan.onFailed(i * 10_000);
    plan.onConnected();
    expect(plan.plan(1, 190_001).dials).toBe(1);
    plan.onFailed(190_001);
    expect(plan.plan(1, 190_001).nextAtMs).toBe(190_011);
  });
});
