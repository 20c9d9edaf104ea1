import { describe, expect, it } from 'vitest';
import type { RunPhase } from '#libs/stats';
import { Check } from './check.ts';
import { parseCondition } from './condition.ts';
import { NO_READING, type ReadRun, type Reading, type RunSecond } from './metric.ts';

const check = (text: string) => new Check(parseCondition(text));
const always =
  (value: number, samples = 100): ReadRun =>
  () => ({ value, samples });

describe('a check of the whole run', () => {
  it.each([
    ['below the bound', 150, 'pass', 50],
    ['on the bound, which < excludes', 200, 'fail', 0],
    ['above the bound', 300, 'fail', -100],
  ])('%s', (_case, actual, state, margin) => {
    expect(check('latency.p99 < 200ms').judge(always(actual))).toEqual({
      check: 'latency.p99 < 200ms',
      state,
      actual,
      bound: 200,
      unit: 'ms',
      samples: 100,
      margin,
      reason: undefined,
    });
  });

  it('measures the margin the other way round for a lower bound', () => {
    expect(check('retries.rate >= 5%').judge(always(0.25))).toMatchObject({ state: 'pass', margin: 0.2 });
  });

  it('is inconclusive with fewer requests than min, and shows the number all the same', () => {
    expect(check('latency.p99 < 200ms min 100').judge(always(500, 99))).toMatchObject({
      state: 'inconclusive',
      actual: 500,
      samples: 99,
      reason: 'fewer than 100 finished requests',
    });
  });

  it('is inconclusive without any request: no data is never a pass', () => {
    expect(check('failed.rate <= 1%').judge(() => NO_READING)).toMatchObject({
      state: 'inconclusive',
      actual: undefined,
      margin: undefined,
    });
  });

  it('reads the phase that it names', () => {
    const read: ReadRun = (_metric, phase) => ({ value: phase === 'recovery' ? 100 : 900, samples: 5 });
    expect(check('latency.p99 < 200ms in recovery').judge(read).state).toBe('pass');
    expect(check('latency.p99 < 200ms').judge(read).state).toBe('fail');
  });

  it('compares with the baseline, or says that there was too little of it', () => {
    const read =
      (baseline: Reading): ReadRun =>
      (_metric, phase) =>
        phase === 'baseline' ? baseline : { value: 55, samples: 100 };
    const relative = check('latency.p99 <= 1.5x baseline in stages min 10');
    expect(relative.judge(read({ value: 40, samples: 10 }))).toMatchObject({ state: 'pass', bound: 60 });
    expect(relative.judge(read({ value: 30, samples: 10 }))).toMatchObject({ state: 'fail', bound: 45 });
    expect(relative.judge(read({ value: 40, samples: 9 }))).toMatchObject({
      state: 'inconclusive',
      bound: undefined,
      reason: 'too few requests in the baseline',
    });
  });
});

describe('a check with for', () => {
  /** Feeds one second for each value, each with 10 requests; a window reads the mean of its seconds. */
  function feed(judged: Check, seconds: ReadonlyArray<readonly [RunPhase, number | undefined]>): void {
    for (const [number, [phase]] of seconds.entries()) {
      const second: RunSecond = {
        number,
        phase,
        read(_metric, count) {
          const values = seconds.slice(number + 1 - count, number + 1).map(([, value]) => value);
          const known = values.filter((value) => value !== undefined);
          const value =
            known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0) / known.length;
          return { value, samples: 10 * known.length };
        },
      };
      judged.feed(second);
    }
  }
  const stages = (...values: Array<number | undefined>) => values.map((value) => ['stages', value] as const);

  it('must hold in every full window: one bad second spread over a window may be good enough', () => {
    const judged = check('latency.p99 < 200ms for 3s');
    feed(judged, stages(100, 100, 390, 100, 100));
    expect(judged.judge(always(0))).toMatchObject({ state: 'pass', samples: 30 });
    expect(judged.judge(always(0)).actual).toBeCloseTo(196.7, 1);
  });

  it('fails by its worst window, however good the whole run is', () => {
    const judged = check('latency.p99 < 200ms for 2s');
    feed(judged, stages(10, 10, 300, 300, 10, 10));
    expect(judged.judge(always(10))).toMatchObject({ state: 'fail', actual: 300, samples: 20, margin: -100 });
  });

  it('takes the lowest window as the worst where the bound is a lower one', () => {
    const judged = check('retries.rate >= 10% for 1s');
    feed(judged, stages(0.5, 0.05, 0.3));
    expect(judged.judge(always(1))).toMatchObject({ state: 'fail', actual: 0.05 });
  });

  it('looks only at windows that lie in its phase', () => {
    const judged = check('latency.p99 < 200ms in recovery for 2s');
    feed(judged, [...stages(900, 900), ['recovery', 100], ['recovery', 120], ['recovery', 100]]);
    expect(judged.judge(always(900))).toMatchObject({ state: 'pass', actual: 110 });
  });

  it('is inconclusive when the phase is shorter than the window', () => {
    const judged = check('latency.p99 < 200ms in recovery for 3s');
    feed(judged, [...stages(100, 100, 100), ['recovery', 100], ['recovery', 100]]);
    expect(judged.judge(always(100))).toMatchObject({
      state: 'inconclusive',
      reason: 'no full window of 3000 ms',
    });
  });

  it('is inconclusive when a window had too few requests and the others are good', () => {
    const judged = check('latency.p99 < 200ms for 1s min 10');
    feed(judged, stages(100, undefined, 100));
    expect(judged.judge(always(100))).toMatchObject({
      state: 'inconclusive',
      reason: 'fewer than 10 finished requests in a window of 1000 ms',
    });
  });

  it('fails all the same when another window is bad', () => {
    const judged = check('latency.p99 < 200ms for 1s min 10');
    feed(judged, stages(100, undefined, 300));
    expect(judged.judge(always(100))).toMatchObject({ state: 'fail', actual: 300 });
  });
});
