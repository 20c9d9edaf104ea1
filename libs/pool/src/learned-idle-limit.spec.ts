import { describe, expect, it } from 'vitest';
import { LearnedIdleLimit } from './learned-idle-limit.ts';

describe('the learned idle limit', () => {
  it('is none before anything was seen', () => {
    expect(new LearnedIdleLimit().limitMs(0)).toBe(Infinity);
  });

  it('believes two closes that are alike, and uses four fifths of the lower', () => {
    const learned = new LearnedIdleLimit();
    expect(learned.onClosedByPeer(3_000, 10_000)).toBe(false);
    expect(learned.onClosedByPeer(3_100, 20_000)).toBe(true);
    expect(learned.limitMs(20_000)).toBe(2_400);
  });

  it('learns nothing from a restart, which closes connections of any age at once', () => {
    const learned = new LearnedIdleLimit();
    for (const ageMs of [10, 900, 1_000, 1_010, 3_000]) learned.onClosedByPeer(ageMs, 10_000);
    expect(learned.limitMs(10_000)).toBe(Infinity);
  });

  it('learns nothing from closes of different ages', () => {
    const learned = new LearnedIdleLimit();
    for (const [index, ageMs] of [500, 3_000, 1_000].entries()) learned.onClosedByPeer(ageMs, index * 60_000);
    expect(learned.limitMs(180_000)).toBe(Infinity);
  });

  it('learns nothing from a peer that closes at once: no connection would live to its first request', () => {
    const learned = new LearnedIdleLimit();
    for (let atMs = 0; atMs < 10_000; atMs += 1_000) learned.onClosedByPeer(0, atMs);
    expect(learned.limitMs(10_000)).toBe(Infinity);
  });

  it('goes down when the peer closes earlier, not up when it closes later', () => {
    const learned = new LearnedIdleLimit();
    learned.onClosedByPeer(2_000, 0);
    learned.onClosedByPeer(2_000, 2_000);
    learned.onClosedByPeer(3_000, 4_000);
    expect(learned.onClosedByPeer(3_000, 6_000)).toBe(false);
    learned.onClosedByPeer(1_000, 8_000);
    expect(learned.onClosedByPeer(1_000, 10_000)).toBe(true);
    expect(learned.limitMs(10_000)).toBe(800);
  });

  it('forgets: it doubles in ten minutes', () => {
    const learned = new LearnedIdleLimit();
    learned.onClosedByPeer(1_000, 0);
    learned.onClosedByPeer(1_000, 1_000);
    expect(learned.limitMs(601_000)).toBe(1_600);
  });
});
