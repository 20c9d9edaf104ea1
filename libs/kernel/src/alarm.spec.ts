import { FakeClock } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { Alarm } from './alarm.ts';

/** An alarm over a list of due times, as its owners keep them. */
function alarmOver(clock: FakeClock, dueAtMs: number[]): { alarm: Alarm; rang: number[] } {
  const rang: number[] = [];
  const alarm = new Alarm(clock, (nowMs) => {
    rang.push(nowMs);
    return Math.min(Infinity, ...dueAtMs.filter((atMs) => atMs > nowMs));
  });
  for (const atMs of dueAtMs) alarm.wakeBy(atMs);
  return { alarm, rang };
}

describe('an alarm', () => {
  it('rings at each of many due times with one timer', () => {
    const clock = new FakeClock();
    const { rang } = alarmOver(clock, [30, 10, 20]);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(100);
    expect(rang).toEqual([10, 20, 30]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('moves its timer only for an earlier due time', () => {
    const clock = new FakeClock();
    const { alarm } = alarmOver(clock, [50]);
    alarm.wakeBy(80);
    expect(clock.nextDueAtMs).toBe(50);
    alarm.wakeBy(20);
    expect(clock.nextDueAtMs).toBe(20);
    expect(clock.pendingTimers).toBe(1);
  });

  it('rings once for nothing when what was due has gone away, and then is silent', () => {
    const clock = new FakeClock();
    const dueAtMs = [10];
    const { rang } = alarmOver(clock, dueAtMs);
    dueAtMs.pop();
    clock.advance(100);
    expect(rang).toEqual([10]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('can be set again after it was silent, and from inside its own ring', () => {
    const clock = new FakeClock();
    const rang: number[] = [];
    const alarm: Alarm = new Alarm(clock, (nowMs) => {
      rang.push(nowMs);
      if (nowMs === 10) alarm.wakeBy(15);
      return Infinity;
    });
    alarm.wakeBy(10);
    clock.advance(50);
    alarm.wakeBy(70);
    clock.advance(50);
    expect(rang).toEqual([10, 15, 70]);
  });

  it('rings as soon as it can for a due time that has passed', () => {
    const clock = new FakeClock(100);
    const { rang } = alarmOver(clock, [40]);
    clock.advance(0);
    expect(rang).toEqual([100]);
  });

  it('is never set for a due time of Infinity', () => {
    const clock = new FakeClock();
    alarmOver(clock, [Infinity]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets the process end', () => {
    let unrefs = 0;
    const timer = { cancel: (): void => {}, unref: (): number => (unrefs += 1) };
    new Alarm(
      { nowMs: () => 0, setTimer: () => timer, wallMs: () => 0, atTurnEnd: () => {} },
      () => Infinity,
    ).wakeBy(10);
    expect(unrefs).toBe(1);
  });

  it('never rings again once it is stopped', () => {
    const clock = new FakeClock();
    const { alarm, rang } = alarmOver(clock, [10]);
    alarm.stop();
    alarm.wakeBy(5);
    clock.advance(100);
    expect(rang).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
