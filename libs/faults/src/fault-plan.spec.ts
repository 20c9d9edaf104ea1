import { describe, expect, it } from 'vitest';
import { FAULT_TYPES } from './catalogue.ts';
import { FaultPlan } from './fault-plan.ts';
import type { FaultRule } from './rule.ts';
import { PASS } from './verdict.ts';

const always = { kind: 'chance', probability: 1 } as const;
const DECISIONS = 100_000;

function resetRule(probability: number, id = 'resets'): FaultRule {
  return { id, type: 'reset', magnitude: null, when: { kind: 'chance', probability } };
}

/** Says of each request whether it was struck. */
type Series = (requestSeq: number) => boolean;

function series(rule: FaultRule, seed: number, attempt = 1): Series {
  const plan = new FaultPlan([rule], seed);
  return (requestSeq) => plan.decide(requestSeq, attempt) !== PASS;
}

function countOf(isStruck: Series): number {
  let count = 0;
  for (let requestSeq = 0; requestSeq < DECISIONS; requestSeq += 1) if (isStruck(requestSeq)) count += 1;
  return count;
}

/** Pearson's statistic of the table of two series. */
function chiSquared(a: Series, b: Series): number {
  const n = DECISIONS;
  const [countA, countB] = [countOf(a), countOf(b)];
  const both = countOf((requestSeq) => a(requestSeq) && b(requestSeq));
  const determinant = both * (n - countA - countB + both) - (countA - both) * (countB - both);
  return (n * determinant ** 2) / (countA * countB * (n - countA) * (n - countB));
}

/** Its 99.9 % quantile with one degree of freedom. */
const CHI_SQUARED_999 = 10.828;

describe('FaultPlan', () => {
  it('passes everything without rules', () => {
    expect(new FaultPlan([], 1).decide(0, 1)).toBe(PASS);
  });

  it('gives the first rule that strikes', () => {
    const never = { kind: 'chance', probability: 0 } as const;
    const plan = new FaultPlan(
      [
        { id: 'a', type: 'drop', magnitude: null, when: never },
        { id: 'b', type: 'status', magnitude: { statusCode: 503 }, when: always },
        { id: 'c', type: 'reset', magnitude: null, when: always },
      ],
      1,
    );
    expect(plan.decide(5, 2)).toEqual({ kind: 'status', faultId: 'b', statusCode: 503 });
  });

  it('draws the delay of a latency anew for each attempt, within its jitter', () => {
    const plan = new FaultPlan(
      [{ id: 'slow', type: 'latency', magnitude: { meanMs: 50, jitterMs: 10 }, when: always }],
      1,
    );
    const delays = Array.from({ length: 1_000 }, (_, index) => {
      const verdict = plan.decide(Math.floor(index / 2), 1 + (index % 2));
      return verdict.kind === 'latency' ? verdict.delayMs : NaN;
    });
    expect(new Set(delays).size).toBe(1_000);
    expect(delays.every((delayMs) => delayMs >= 40 && delayMs < 60)).toBe(true);
  });

  it('does not depend on the order of the questions', () => {
    const [asc, desc] = [new FaultPlan([resetRule(0.5)], 9), new FaultPlan([resetRule(0.5)], 9)];
    const seqs = [...Array(200).keys()];
    const forwards = seqs.map((seq) => asc.decide(seq, 1));
    const backwards = seqs.toReversed().map((seq) => desc.decide(seq, 1));
    expect(backwards.toReversed()).toEqual(forwards);
  });

  it('counts a crash by requests from 0, on attempt 1 only', () => {
    const when = { kind: 'count', first: 300, every: 10_000 } as const;
    const plan = new FaultPlan([{ id: 'crash', type: 'crash', magnitude: { durationMs: 500 }, when }], 1);
    const verdict = { kind: 'crash', faultId: 'crash', durationMs: 500 };
    expect([299, 300, 301, 10_300].map((seq) => plan.decide(seq, 1))).toEqual([PASS, verdict, PASS, verdict]);
    expect(plan.decide(300, 2)).toBe(PASS);
  });

  const request = { method: 'POST', path: '/orders/7', origin: 'http://a', startMs: 0 };

  it('looks at those requests only that match, and at none of which nothing is known', () => {
    const match = { method: 'POST', path: '/orders' };
    const plan = new FaultPlan([{ ...resetRule(1), match }], 1);
    const kinds = [request, { ...request, method: 'GET' }, { ...request, path: '/order' }, undefined].map(
      (one) => plan.decide(0, 1, one).kind,
    );
    expect(kinds).toEqual(['reset', 'pass', 'pass', 'pass']);
  });

  it('draws once for an origin, whatever is sent there', () => {
    const plan = new FaultPlan([{ ...resetRule(0.5), scope: 'origin' }], 1);
    const struckOf = (origin: string): number =>
      [...Array(100).keys()].filter((seq) => plan.decide(seq, 1, { ...request, origin }) !== PASS).length;
    const counts = Array.from({ length: 40 }, (_, index) => struckOf(`http://o${index}`));
    expect(new Set(counts)).toEqual(new Set([0, 100]));
  });

  it('draws once for a connection, only when that is asked about, and at the rate asked for', () => {
    const plan = new FaultPlan([{ ...resetRule(0.2), scope: 'connection' }], 1);
    expect([plan.asksConnections, plan.decide(0, 1, request)]).toEqual([true, PASS]);
    const kindOn = (id: number, seq: number): string => plan.decideOnConnection(id, seq, request).kind;
    const ids = [...Array(1_000).keys()].map((index) => index + 1);
    expect(ids.every((id) => kindOn(id, 1) === kindOn(id, 2))).toBe(true);
    const struck = ids.filter((id) => kindOn(id, 1) === 'reset').length;
    expect(Math.abs(struck - 200)).toBeLessThan(3.2905 * Math.sqrt(1_000 * 0.2 * 0.8));
  });

  it('counts connections where it goes by count and is drawn for them', () => {
    const when = { kind: 'count', first: 0, every: 3 } as const;
    const plan = new FaultPlan([{ ...resetRule(1), when, scope: 'connection' }], 1);
    const struck = [1, 2, 3, 4, 5].filter((id) => plan.decideOnConnection(id, 99, request) !== PASS);
    expect(struck).toEqual([1, 4]);
  });

  it.each([
    [-1, 'seed must be an integer from 0 to 9007199254740991, got -1'],
    [0.5, 'seed must be an integer from 0 to 9007199254740991, got 0.5'],
    [2 ** 53, 'seed must be an integer from 0 to 9007199254740991, got 9007199254740992'],
  ])('refuses the seed %s', (seed, sentence) => {
    expect(() => new FaultPlan([], seed)).toThrow(sentence);
  });

  it.each<[string, FaultRule[], string]>([
    ['a probability above 1', [resetRule(1.5)], 'rules[0].when must be a probability from :0% to :100%'],
    [
      'a period of 0',
      [{ id: 'a', type: 'drop', magnitude: null, when: { kind: 'count', first: 1, every: 0 } }],
      'rules[0].when must be a request number from @0',
    ],
    [
      'a status out of range',
      [{ id: 'a', type: 'status', magnitude: { statusCode: 99 }, when: always }],
      'rules[0].magnitude must be a status code from 200 to 599',
    ],
    [
      'a type that does not exist, from a caller without types',
      JSON.parse('[{"id":"a","type":"rest","magnitude":null,"when":{"kind":"chance","probability":1}}]'),
      `rules[0].type must be one of ${FAULT_TYPES.join(', ')}, got "rest"`,
    ],
    [
      'a dial drawn for a connection',
      [{ id: 'a', type: 'dns', magnitude: null, when: always, scope: 'connection' }],
      'rules[0].scope must be request or origin where type is dns, got "connection"',
    ],
    [
      'a count for an origin',
      [{ ...resetRule(1), when: { kind: 'count', first: 1, every: 2 }, scope: 'origin' }],
      'rules[0].scope must be request or connection where it goes by numbers, got "origin"',
    ],
    [
      'a path without its slash',
      [{ ...resetRule(1), match: { path: 'orders' } }],
      'rules[0].match must be a method in capital letters and the start of a path',
    ],
    ['an id used twice', [resetRule(0.1), resetRule(0.2)], 'rules[1].id must be unique, got "resets"'],
  ])('refuses %s', (_what, rules, sentence) => {
    expect(() => new FaultPlan(rules, 1)).toThrow(sentence);
  });
});

describe('the decisions of a plan', () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index * 450_359_962_737_049);

  it.each(seeds)(
    'strike at the rate asked for, within the binomial 99.9 percent interval (seed %s)',
    (seed) => {
      for (const probability of [0.005, 0.05, 0.5]) {
        const count = countOf(series(resetRule(probability), seed));
        const deviation = Math.sqrt(DECISIONS * probability * (1 - probability));
        // 3.2905 standard deviations hold 99.9 % of a normal distribution.
        expect(Math.abs(count - DECISIONS * probability)).toBeLessThan(3.2905 * deviation);
      }
    },
  );

  it.each(seeds)('are independent between two faults (chi-squared, seed %s)', (seed) => {
    const [a, b] = [series(resetRule(0.05, 'a'), seed), series(resetRule(0.02, 'b'), seed)];
    expect(chiSquared(a, b)).toBeLessThan(CHI_SQUARED_999);
  });

  it('are independent between neighbouring seeds, requests and attempts', () => {
    const rule = resetRule(0.05);
    const first = series(rule, 1);
    const others: Series[] = [series(rule, 2), (seq) => first(seq + 1), series(rule, 1, 2)];
    for (const other of others) expect(chiSquared(first, other)).toBeLessThan(CHI_SQUARED_999);
  });
});
