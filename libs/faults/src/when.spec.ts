import { describe, expect, it } from 'vitest';
import { isCounted, parseWhen, probabilityAt, type When } from './when.ts';

type Counted = Extract<When, { kind: 'count' }>;

function countedOf(when: Counted, requests: number, attempt = 1): number[] {
  return [...Array(requests).keys()].filter((seq) => isCounted(when, seq, attempt));
}

describe('a fault that goes by count', () => {
  it('strikes at the first request and every so many after, on attempt 1 only', () => {
    const when: Counted = { kind: 'count', first: 3, every: 4 };
    expect(countedOf(when, 14)).toEqual([3, 7, 11]);
    expect(countedOf(when, 14, 2)).toEqual([]);
  });

  it('strikes once where there is no period', () => {
    expect(countedOf({ kind: 'count', first: 3, every: undefined }, 20)).toEqual([3]);
  });

  it('strikes the first so many', () => {
    expect(countedOf({ kind: 'count', first: 0, length: 3, every: undefined }, 20)).toEqual([0, 1, 2]);
  });

  it('strikes in bursts', () => {
    expect(countedOf({ kind: 'count', first: 2, length: 2, every: 5 }, 14)).toEqual([2, 3, 7, 8, 12, 13]);
  });
});

describe('a fault that goes by chance', () => {
  it('has its probability for every request', () => {
    expect(probabilityAt({ kind: 'chance', probability: 0.3 }, 7, 1_000)).toBe(0.3);
  });

  it.each([
    ['requests', [9, 10, 14, 15], 0],
    ['ms', [0, 0, 0, 0], [9, 10, 14.9, 15]],
  ] as const)('has none outside of a window of %s', (unit, seqs, starts) => {
    const when: When = { kind: 'chance', probability: 0.3, within: { unit, from: 10, length: 5 } };
    const found = seqs.map((seq, index) => probabilityAt(when, seq, starts === 0 ? 0 : (starts[index] ?? 0)));
    expect(found).toEqual([0, 0.3, 0.3, 0]);
  });

  it('rises over a ramp, and is none outside of it', () => {
    const over = { unit: 'requests', from: 100, length: 10 } as const;
    const when: When = { kind: 'ramp', from: 0.1, to: 0.3, over };
    const found = [99, 100, 105, 109, 110].map((seq) => probabilityAt(when, seq, 0));
    expect(found).toEqual([0, 0.1, expect.closeTo(0.2, 9), expect.closeTo(0.28, 9), 0]);
  });
});

describe('parseWhen', () => {
  it.each<[string, When]>([
    [':0.5%', { kind: 'chance', probability: 0.005 }],
    [
      ':5%@100+50',
      { kind: 'chance', probability: 0.05, within: { unit: 'requests', from: 100, length: 50 } },
    ],
    [
      ':5%@100',
      { kind: 'chance', probability: 0.05, within: { unit: 'requests', from: 100, length: Infinity } },
    ],
    [
      ':0%..10%@0+1000',
      { kind: 'ramp', from: 0, to: 0.1, over: { unit: 'requests', from: 0, length: 1_000 } },
    ],
    ['@300', { kind: 'count', first: 300, every: undefined }],
    ['@300/10000', { kind: 'count', first: 300, every: 10_000 }],
    ['@0+3', { kind: 'count', first: 0, length: 3, every: undefined }],
    ['@300+20/1000', { kind: 'count', first: 300, length: 20, every: 1_000 }],
  ])('reads %s', (text, when) => {
    expect(parseWhen(text)).toEqual(when);
  });

  const unreadable =
    ':5 :101% :5%@ :5%@1+0 :0%..101%@0+10 :0%..10% :0%..10%@5 @-1 @1/0 @1+0 @0+20/10 @9007199254740992 300 :5%@1/2';

  it.each(['', ...unreadable.split(' ')])('refuses %j', (text) => {
    expect(parseWhen(text)).toBeUndefined();
  });
});
