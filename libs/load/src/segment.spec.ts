import { describe, expect, it } from 'vitest';
import { WHOLE, firstSeqOf, shareOf } from './segment.ts';

describe('segments', () => {
  it('take every number once, also negative ones', () => {
    for (let count = 1; count <= 7; count += 1) {
      for (const fromSeq of [-20, -7, -1, 0, 1, 13]) {
        const taken: number[] = [];
        for (let index = 0; index < count; index += 1) {
          const first = firstSeqOf({ index, count }, fromSeq);
          for (let seq = first; seq < fromSeq + 50; seq += count) taken.push(seq);
        }
        taken.sort((a, b) => a - b);
        expect(taken).toEqual(Array.from({ length: 50 }, (_, offset) => fromSeq + offset));
      }
    }
  });

  it('take the same numbers wherever one begins to look', () => {
    const segment = { index: 2, count: 5 };
    expect([-9, -3, 0, 2, 3].map((fromSeq) => firstSeqOf(segment, fromSeq))).toEqual([-8, -3, 2, 2, 7]);
  });

  it('share things by number: none is lost and none is taken twice', () => {
    for (const total of [0, 1, 5, 6, 100]) {
      const shares = [0, 1, 2, 3, 4, 5].map((index) => shareOf({ index, count: 6 }, total));
      expect(shares.reduce((sum, share) => sum + share)).toBe(total);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
    expect(shareOf({ index: 1, count: 2 }, Infinity)).toBe(Infinity);
  });

  it('of one are the whole', () => {
    expect([firstSeqOf(WHOLE, -3), shareOf(WHOLE, 7)]).toEqual([-3, 7]);
  });
});
