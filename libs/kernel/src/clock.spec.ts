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
    const beforeMs = systemClock.nowMs();
    vi.advanceTimersByTime(25);
    expect(systemClock.nowMs() - beforeMs).toBe(25);
  });
});
