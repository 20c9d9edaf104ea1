import { describe, expect, it } from 'vitest';
import { drawKey } from './draw.ts';
import { strikes, type When } from './when.ts';

const key = drawKey(1, '', 'f');

function struckOf(when: When, requests: number, attempt: number): number[] {
  return [...Array(requests).keys()].filter((requestSeq) => strikes(when, key, requestSeq, attempt));
}

describe('strikes', () => {
  it('strikes by count at the first request and every so many after, on attempt 1 only', () => {
    const when: When = { kind: 'count', first: 3, every: 4 };
    expect(struckOf(when, 14, 1)).toEqual([3, 7, 11]);
    expect(struckOf(when, 14, 2)).toEqual([]);
  });

  it('strikes once where there is no period', () => {
    expect(struckOf({ kind: 'count', first: 3, every: undefined }, 20, 1)).toEqual([3]);
  });

  it('strikes never with probability 0 and always with 1', () => {
    expect(struckOf({ kind: 'chance', probability: 0 }, 1_000, 1)).toHaveLength(0);
    expect(struckOf({ kind: 'chance', probability: 1 }, 1_000, 3)).toHaveLength(1_000);
  });
});
