import { describe, expect, it } from 'vitest';

import { type Rng, seededRng } from '#libs/kernel';

import { drawFaults, parseWeightedFaults } from './weighted-faults.ts';

/** Chance that rolls the given percents, in order, and fails the test when it is asked for one more. */
function rolls(...percents: number[]): Rng {
  return {
    next: () => {
      const percent = percents.shift();
      if (percent === undefined) throw new Error('one draw too many');
      return percent / 100;
    },
  };
}

describe('the faults in a query', () => {
  it('are values with percents', () => {
    expect(parseWeightedFaults('status=503:10,404:0.5&delay=10ms:5,1.5s:1')).toEqual({
      statusCodes: [
        { value: 503, percent: 10 },
        { value: 404, percent: 0.5 },
      ],
      delaysMs: [
        { value: 10, percent: 5 },
        { value: 1500, percent: 1 },
      ],
    });
  });

  it('happen always when they have no percent', () => {
    expect(parseWeightedFaults('status=503').statusCodes).toEqual([{ value: 503, percent: 100 }]);
  });

  it('add up when a field is given twice', () => {
    expect(parseWeightedFaults('status=503:10&status=404:5')).toEqual(
      parseWeightedFaults('status=503:10,404:5'),
    );
  });

  it('leave other fields of the query alone', () => {
    expect(parseWeightedFaults('cache=1&x')).toEqual({ statusCodes: [], delaysMs: [] });
  });

  it.each([
    '33.3:x',
    '',
    '99',
    '600',
    '503:',
    '503:0',
    '503:101',
    '503:60,404:41',
    '503:10:5',
    '503,',
    '+503',
  ])('are refused when the status is %j', (text) => {
    expect(() => parseWeightedFaults(`status=${encodeURIComponent(text)}`)).toThrow(
      `status must be a comma list of CODE[:PERCENT] with codes from 200 to 599 and percents above 0, 100 at most in all, got "${text}"`,
    );
  });

  it.each(['10', '-1ms', '60001ms', '2m', 'fast:5'])('are refused when the delay is %j', (text) => {
    expect(() => parseWeightedFaults(`delay=${text}`)).toThrow(
      /^delay must be a comma list of DURATION\[:PERCENT\] with durations from 0ms to 60s/,
    );
  });

  it('may add up to 100 percent in decimals that binary numbers cannot write', () => {
    const percents = [16.1, 48.2, 35.7];
    expect(percents.reduce((sum, percent) => sum + percent)).toBeGreaterThan(100);
    const query = `status=${percents.map((percent) => `503:${percent}`).join(',')}`;
    expect(parseWeightedFaults(query).statusCodes).toHaveLength(percents.length);
  });
});

describe('a draw', () => {
  const faults = parseWeightedFaults('status=503:10,404:5');

  it.each([
    [0, 503],
    [9.9, 503],
    [10, 404],
    [14.9, 404],
    [15, undefined],
    [99.9, undefined],
  ])('of %d percent meets the status %s', (percent, statusCode) => {
    expect(drawFaults(faults, rolls(percent))).toEqual({ delayMs: 0, statusCode });
  });

  it('rolls for the delay first and for the status by itself', () => {
    const both = parseWeightedFaults('status=503:10&delay=20ms:50');
    expect(drawFaults(both, rolls(49, 50))).toEqual({ delayMs: 20, statusCode: undefined });
    expect(drawFaults(both, rolls(50, 9))).toEqual({ delayMs: 0, statusCode: 503 });
  });

  it('rolls nothing for a query without faults', () => {
    expect(drawFaults(parseWeightedFaults(''), rolls())).toEqual({ delayMs: 0, statusCode: undefined });
  });

  it('meets each fault about as often as it is asked for', () => {
    const rng = seededRng(1);
    const counts = new Map<number | undefined, number>();
    for (let i = 0; i < 10_000; i += 1) {
      const { statusCode } = drawFaults(faults, rng);
      counts.set(statusCode, (counts.get(statusCode) ?? 0) + 1);
    }
    const share = (statusCode: number): number => (counts.get(statusCode) ?? 0) / 10_000;
    expect(share(503)).toBeCloseTo(0.1, 2);
    expect(share(404)).toBeCloseTo(0.05, 2);
  });
});
