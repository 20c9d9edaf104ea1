import { describe, expect, it } from 'vitest';
import type { RunPhase } from '#libs/stats';
import { parseCondition } from './condition.ts';
import { Guardrail } from './guardrail.ts';
import type { ReadRun } from './metric.ts';

const noBaseline: ReadRun = () => ({ value: undefined, samples: 0 });

/** The number of the second that trips the guardrail; each value is one second with 10 requests, or with none. */
function trippedAt(
  text: string,
  values: ReadonlyArray<number | undefined>,
  { phase = 'stages', read = noBaseline }: { phase?: RunPhase; read?: ReadRun } = {},
): number | undefined {
  const guardrail = new Guardrail(parseCondition(text));
  for (const [number, value] of values.entries()) {
    const reading = { value, samples: value === undefined ? 0 : 10 };
    if (guardrail.feed({ number, phase, read: () => reading }, read) !== undefined) return number;
  }
  return undefined;
}

describe('a guardrail', () => {
  it('trips in the first second that is true, without for', () => {
    expect(trippedAt('failed.rate > 50%', [0.1, 0.5, 0.6, 0.9])).toBe(2);
  });

  it('trips when it has been true for its time without a break', () => {
    expect(trippedAt('failed.rate > 50% for 3s', [0.9, 0.9, 0.9])).toBe(2);
    expect(trippedAt('failed.rate > 50% for 3s', [0.9, 0.9, 0.1, 0.9, 0.9, 0.9])).toBe(5);
    expect(trippedAt('failed.rate > 50% for 3s', [0.9, 0.9, 0.1, 0.9, 0.9])).toBeUndefined();
  });

  it('is neither broken nor completed by a second that says nothing', () => {
    expect(trippedAt('failed.rate > 50% for 3s', [0.9, undefined, undefined])).toBeUndefined();
    expect(trippedAt('failed.rate > 50% for 3s', [0.9, undefined, 0.9])).toBe(2);
    expect(trippedAt('failed.rate > 50% min 11', [0.9, 0.9])).toBeUndefined();
  });

  it('watches its own phase only', () => {
    expect(trippedAt('failed.rate > 50% in recovery', [0.9])).toBeUndefined();
    expect(trippedAt('failed.rate > 50% in recovery', [0.9], { phase: 'recovery' })).toBe(0);
  });

  it('knows its bound only when the baseline is known', () => {
    expect(trippedAt('latency.p99 > 2x baseline', [300])).toBeUndefined();
    const read: ReadRun = () => ({ value: 100, samples: 50 });
    expect(trippedAt('latency.p99 > 2x baseline', [150, 201], { read })).toBe(1);
  });

  it('gives the value that tripped it', () => {
    const guardrail = new Guardrail(parseCondition('failed.rate > 50%'));
    const second = { number: 0, phase: 'stages' as const, read: () => ({ value: 0.75, samples: 10 }) };
    expect(guardrail.feed(second, noBaseline)).toBe(0.75);
  });
});
