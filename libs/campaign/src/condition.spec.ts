import { describe, expect, it } from 'vitest';
import { boundOf, compares, parseCondition } from './condition.ts';
import { METRICS } from './metric.ts';

describe('a condition', () => {
  it('is a metric, an operator and a bound; the rest has defaults', () => {
    expect(parseCondition('latency.p99 < 200ms')).toEqual({
      text: 'latency.p99 < 200ms',
      metric: 'latency.p99',
      operator: '<',
      bound: { kind: 'absolute', value: 200 },
      phase: undefined,
      forMs: undefined,
      minSamples: 1,
    });
  });

  it('takes its clauses in any order', () => {
    const clauses = { phase: 'recovery', forMs: 10_000, minSamples: 100 };
    expect(parseCondition('failed.rate<=1% in recovery for 10s min 100')).toMatchObject(clauses);
    expect(parseCondition('  failed.rate <= 1%  min 100  for 10s  in recovery ')).toMatchObject(clauses);
  });

  it.each([
    ['surfaced.rate <= 1%', { kind: 'absolute', value: 0.01 }],
    ['retries.rate >= 0.5%', { kind: 'absolute', value: 0.005 }],
    ['latency.mean > 1.5s', { kind: 'absolute', value: 1_500 }],
    ['latency.p99 <= 1.5x baseline', { kind: 'baseline', factor: 1.5 }],
    ['failed.rate <= 2x  baseline in recovery', { kind: 'baseline', factor: 2 }],
  ])('reads the bound of %s', (text, bound) => {
    expect(parseCondition(text).bound).toEqual(bound);
  });

  it.each(METRICS)('knows the metric %s', (metric) => {
    const bound = metric.startsWith('latency.') ? '1s' : '1%';
    expect(parseCondition(`${metric} < ${bound}`).metric).toBe(metric);
  });

  it.each([
    ['', 'check must be metric operator bound'],
    ['latency.p99', 'check must be metric operator bound'],
    ['latency.p99 < 200ms in', 'check must be metric operator bound'],
    ['latency.p99 < 200ms recovery', 'check must be metric operator bound'],
    ['latency.p98 < 200ms', 'check: the metric must be one of latency.p50'],
    ['latency.p99 == 200ms', 'check: the operator must be one of <, <=, >, >='],
    ['latency.p99 < 200', "check: the bound must be a duration such as '200ms'"],
    ['latency.p99 < 1%', "check: the bound must be a duration such as '200ms'"],
    ['failed.rate < 200ms', "check: the bound must be a percentage such as '1%'"],
    ['failed.rate < 0.01', "check: the bound must be a percentage such as '1%'"],
    ['latency.p99 < 0x baseline', 'check: the bound must be'],
    ['latency.p99 < 200ms in canary', 'check: the phase must be one of baseline, stages, recovery'],
    ['latency.p99 < 200ms for 1500ms', 'check: for must be whole seconds from 1s to 1h'],
    ['latency.p99 < 200ms min 0', 'check: min must be a whole number from 1'],
    ['latency.p99 < 200ms min 1 min 2', 'check: min must be given once'],
  ])('refuses %j in a sentence that names the part', (text, sentence) => {
    expect(() => parseCondition(text)).toThrow(sentence);
  });

  it('says in an error what it is called, and the nearest word', () => {
    expect(() => parseCondition('latncy.p99 < 1s', 'guardrails.0')).toThrow(
      /^guardrails\.0: the metric must be one of .* \(the nearest is latency\.p99\), got "latncy\.p99"$/,
    );
  });
});

describe('compares', () => {
  it.each([
    ['<', [true, false, false]],
    ['<=', [true, true, false]],
    ['>', [false, false, true]],
    ['>=', [false, true, true]],
  ] as const)('%s of 1, 2 and 3 with 2', (operator, expected) => {
    expect([1, 2, 3].map((actual) => compares(actual, operator, 2))).toEqual(expected);
  });
});

describe('a bound that hangs on the baseline', () => {
  const condition = parseCondition('latency.p99 <= 1.5x baseline in recovery min 10');

  it('is a multiple of what the metric was then', () => {
    const read = (metric: string, phase: string | undefined) => ({
      value: metric === 'latency.p99' && phase === 'baseline' ? 40 : 999,
      samples: 10,
    });
    expect(boundOf(condition, read)).toBe(60);
  });

  it('is unknown when the baseline had too few requests', () => {
    expect(boundOf(condition, () => ({ value: 40, samples: 9 }))).toBeUndefined();
  });
});
