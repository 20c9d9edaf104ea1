import { stat } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('rounds a fraction of a millisecond up', () => {
    const rang = vi.fn();
    systemClock.setTimer(rang, 9.1);
    vi.advanceTimersByTime(9);
    expect(rang).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(rang).toHaveBeenCalledTimes(1);
  });

  it('does not take a delay longer than Node can for none at all', () => {
    const rang = vi.fn();
    const timer = systemClock.setTimer(rang, 2 ** 40);
    vi.advanceTimersByTime(1_000);
    expect(rang).not.toHaveBeenCalled();
    timer.cancel();
  });

  it('forgets a cancelled timer', () => {
    const rang = vi.fn();
    systemClock.setTimer(rang, 5).cancel();
    vi.advanceTimersByTime(10);
    expect(rang).not.toHaveBeenCalled();
  });

  it('goes on as the time of the machine does', () => {
    vi.spyOn(performance, 'now').mockReturnValueOnce(100).mockReturnValueOnce(125);
    const beforeMs = systemClock.nowMs();
    expect(systemClock.nowMs() - beforeMs).toBe(25);
  });
});

describe('the end of a turn', () => {
  it('comes after the callbacks of the turn and before its timers', async () => {
    const ran: string[] = [];
    await new Promise<void>((resolve) => {
      // Its callback comes in the poll phase, as those of sockets do.
      stat('.', () => {
        setTimeout(() => {
          ran.push('timer');
          resolve();
        }, 1);
        systemClock.atTurnEnd(() => ran.push('turn end'));
        queueMicrotask(() => ran.push('microtask'));
      });
    });
    expect(ran).toEqual(['microtask', 'turn end', 'timer']);
  });
});
