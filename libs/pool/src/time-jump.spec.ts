import { describe, expect, it } from 'vitest';
import { TimeJump } from './time-jump.ts';

describe('a jump of time', () => {
  const since = (): TimeJump => new TimeJump(100, 1_000_100);

  it('is none while both clocks go alike', () => {
    const jump = since();
    expect([jump.look(60_100, 1_060_100), jump.look(120_100, 1_122_100)]).toEqual([false, false]);
  });

  it('is seen when the time of day goes on without us, once', () => {
    const jump = since();
    expect([jump.look(200, 1_002_201), jump.look(300, 1_002_301)]).toEqual([true, false]);
  });

  it('is seen when the time of day is set back', () => {
    expect(since().look(200, 0)).toBe(true);
  });

  it('is seen when the loop comes late', () => {
    expect([since().look(200, 1_000_200, 2_000), since().look(200, 1_000_200, 2_001)]).toEqual([false, true]);
  });
});
