import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { AlwaysOnSampler, SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { EnvironmentSampler } from './environment-sampler.ts';
import { HouseSampler, keptIn, samplerOf } from './house-sampler.ts';

const TRACE_ID = `${'f'.repeat(31)}e`;
const UNDER_A_SPAN = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: TRACE_ID,
  spanId: 'b'.repeat(16),
  traceFlags: 1,
});

function keeps(sampler: Sampler, name: string, context = ROOT_CONTEXT): boolean {
  const { decision } = sampler.shouldSample(context, TRACE_ID, name, SpanKind.INTERNAL, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

describe("the house's sampler", () => {
  it('keeps what was decided on, whatever the environment says', () => {
    const off = samplerOf({ OTEL_TRACES_SAMPLER: 'always_off' });
    if (!off) throw new Error('no sampler');
    const house = new HouseSampler(off);
    expect([keeps(house, 'GET'), keeps(house, 'GET', keptIn(ROOT_CONTEXT))]).toEqual([false, true]);
  });

  it('leaves out housekeeping of the queue, unless it hangs on something', () => {
    const house = new HouseSampler(new AlwaysOnSampler());
    expect(keeps(house, 'moveStalledJobsToWait run')).toBe(false);
    expect(keeps(house, 'moveStalledJobsToWait run', UNDER_A_SPAN)).toBe(true);
    expect(keeps(house, 'process run')).toBe(true);
  });
});

describe('OTEL_TRACES_SAMPLER', () => {
  it.each([
    ['always_on', undefined, true],
    ['always_off', undefined, false],
    ['parentbased_always_on', undefined, true],
    ['parentbased_always_off', undefined, false],
    ['traceidratio', '0', false],
    ['traceidratio', '1', true],
    ['traceidratio', 'nonsense', true],
    ['parentbased_traceidratio', '0', false],
  ])('%s with %s', (name, arg, expected) => {
    const sampler = samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: arg });
    expect(sampler && keeps(sampler, 'x')).toBe(expected);
  });

  it('that is unknown or not set names none', () => {
    expect(samplerOf({})).toBeUndefined();
    expect(samplerOf({ OTEL_TRACES_SAMPLER: 'sometimes' })).toBeUndefined();
  });

  it('alone decides on requests where it is set', () => {
    const sampler = new EnvironmentSampler(new AlwaysOnSampler());
    expect([sampler.keepsAtStart(TRACE_ID), sampler.keeps()]).toEqual([true, false]);
  });
});
