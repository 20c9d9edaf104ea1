import type { Rng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { DialPause, isLocalLimit } from './dial-pause.ts';

const lowest: Rng = { next: () => 0 };
/** Stands for the open end of the range. */
const highest: Rng = { next: () => 1 };

/** Meets the limit again each time the pause is over, and returns the lengths of the pauses. */
function pauses(rng: Rng, count: number): number[] {
  const pause = new DialPause(rng);
  const lengths: number[] = [];
  let nowMs = 0;
  for (let i = 0; i < count; i += 1) {
    pause.onLimit('PLR_FD_LIMIT', nowMs);
    lengths.push(pause.untilMs - nowMs);
    nowMs = pause.untilMs;
  }
  return lengths;
}

describe('a dial pause', () => {
  it('is open at first', () => {
    const pause = new DialPause(lowest);
    expect(pause.untilMs).toBe(-Infinity);
    expect(pause.limitSince(-Infinity)).toBeUndefined();
  });

  it('doubles from 100 ms to 1 s, each between its half and its whole', () => {
    expect(pauses(highest, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(pauses(lowest, 6)).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('is not made longer by dials that fail while it lasts', () => {
    const pause = new DialPause(highest);
    pause.onLimit('PLR_FD_LIMIT', 0);
    pause.onLimit('PLR_LOCAL_PORTS', 99);
    expect(pause.untilMs).toBe(100);
    expect(pause.limitSince(0)).toBe('PLR_FD_LIMIT');
  });

  it('ends with the first dial that succeeds, and begins small again', () => {
    const pause = new DialPause(highest);
    pause.onLimit('PLR_FD_LIMIT', 0);
    pause.onLimit('PLR_FD_LIMIT', 100);
    pause.onConnected();
    expect(pause.untilMs).toBe(-Infinity);
    expect(pause.limitSince(0)).toBeUndefined();
    pause.onLimit('PLR_LOCAL_PORTS', 500);
    expect(pause.untilMs).toBe(600);
  });

  it('concerns only those who waited while it lasted', () => {
    const pause = new DialPause(highest);
    pause.onLimit('PLR_LOCAL_PORTS', 0);
    expect(pause.limitSince(99)).toBe('PLR_LOCAL_PORTS');
    expect(pause.limitSince(100)).toBeUndefined();
  });

  it('is for the limits of this machine alone', () => {
    expect(isLocalLimit('PLR_FD_LIMIT') && isLocalLimit('PLR_LOCAL_PORTS')).toBe(true);
    expect(isLocalLimit('PLR_CONNECT_REFUSED')).toBe(false);
  });
});
