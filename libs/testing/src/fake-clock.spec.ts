import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';

describe('a fake clock', () => {
  it('stands still until it is moved', () => {
    const clock = new FakeClock(50);
    expect(clock.nowMs()).toBe(50);
    clock.advance(7.5);
    expect(clock.nowMs()).toBe(57.5);
  });

  it('runs timers at their own moments, in the order of time and then of setting', () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const note = (name: string) => (): number => ran.push(`${name}@${clock.nowMs()}`);
    clock.setTimer(note('late'), 20);
    clock.setTimer(note('first'), 10);
    clock.setTimer(note('second'), 10);
    clock.advance(19);
    expect(ran).toEqual(['first@10', 'second@10']);
    expect(clock.nextDueAtMs).toBe(20);
    clock.advance(1);
    expect(ran).toEqual(['first@10', 'second@10', 'late@20']);
    expect([clock.pendingTimers, clock.nextDueAtMs]).toEqual([0, undefined]);
  });

  it('runs timers that timers set on the way', () => {
    const clock = new FakeClock();
    const ranAtMs: number[] = [];
    const again = (): void => {
      ranAtMs.push(clock.nowMs());
      if (ranAtMs.length < 3) clock.setTimer(again, 10);
    };
    clock.setTimer(again, 10);
    clock.advance(100);
    expect(ranAtMs).toEqual([10, 20, 30]);
  });

  it('runs late what was due while the process stood still', () => {
    const clock = new FakeClock();
    const ranAtMs: number[] = [];
    clock.setTimer(() => ranAtMs.push(clock.nowMs()), 10);
    clock.stall(100);
    expect([ranAtMs, clock.nowMs()]).toEqual([[], 100]);
    clock.advance(0);
    expect([ranAtMs, clock.nowMs()]).toEqual([[100], 100]);
  });

  it('never calls back before setTimer has returned', () => {
    const clock = new FakeClock();
    let hasRun = false;
    clock.setTimer(() => (hasRun = true), 0);
    expect(hasRun).toBe(false);
    clock.advance(0);
    expect(hasRun).toBe(true);
  });

  it('forgets a cancelled timer, also one that is due at this moment', () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const second = clock.setTimer(() => ran.push('second'), 10);
    clock.setTimer(() => ran.push('third'), 10);
    clock.setTimer(() => second.cancel(), 5);
    clock.advance(10);
    second.cancel();
    expect(ran).toEqual(['third']);
  });

  it('lets promise callbacks run between its timers when it is moved asynchronously', async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const act = async (name: string): Promise<void> => {
      await Promise.resolve();
      ran.push(`${name} goes on at ${clock.nowMs()}`);
    };
    clock.setTimer(() => void act('a'), 10);
    clock.setTimer(() => void act('b'), 20);
    await clock.advanceAsync(30);
    expect(ran).toEqual(['a goes on at 10', 'b goes on at 20']);
    expect(clock.nowMs()).toBe(30);
  });
});
