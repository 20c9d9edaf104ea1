import { seededRng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import type { KeepClass, TraceSampler } from '../sampling/trace-sampler.ts';
import { TraceIds } from './ids.ts';
import { SampledTrace, type TraceRoot } from './request-trace.ts';
import { SpanPropagator } from './span-propagator.ts';

const OWN: TraceRoot = { kind: 'own', link: undefined };

/** Keeps at the start as told, and later the given classes only. */
function samplerOf(keepsAtStart: boolean, ...classes: KeepClass[]): TraceSampler {
  return { keepsAtStart: () => keepsAtStart, keeps: (why) => classes.includes(why) };
}

function traceOf(sampler: TraceSampler, root: TraceRoot = OWN): SampledTrace {
  return new SampledTrace(root, sampler, new TraceIds(seededRng(5)));
}

function activeSpan(traceFlags: number): { traceId: string; spanId: string; traceFlags: number } {
  return { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags };
}

describe('the traceparent of an attempt', () => {
  it('has the form of W3C Trace Context, one trace id, and a span id for each attempt', () => {
    const trace = traceOf(samplerOf(true));
    const [first, second] = [trace.traceparent(1, false), trace.traceparent(2, false)];
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(first).toBe(`00-${trace.traceId}-${trace.attemptSpanId(1)}-01`);
    expect(second).toBe(`00-${trace.traceId}-${trace.attemptSpanId(2)}-01`);
    expect(trace.attemptSpanId(1)).not.toBe(trace.attemptSpanId(2));
  });

  it.each([
    ['nothing is worth keeping', samplerOf(false), false, ['00', '00'], 'left out'],
    ['it will meet a fault', samplerOf(false, 'injected'), true, ['01', '01'], 'kept'],
    ['it is a further attempt', samplerOf(false, 'retried'), false, ['00', '01'], 'kept'],
    ['the class of faults is full', samplerOf(false), true, ['00', '00'], 'left out'],
  ] as const)('has flag 1 as soon as keeping is certain: %s', (_, sampler, isInjected, flags, keeping) => {
    const trace = traceOf(sampler);
    const sent = [trace.traceparent(1, isInjected), trace.traceparent(2, isInjected)];
    expect(sent.map((stamp) => stamp.slice(-2))).toEqual(flags);
    expect(trace.decide(false, false)).toBe(keeping);
  });
});

describe('the last word on a trace', () => {
  it.each([
    ['failed', true, false, 'kept late'],
    ['slow', false, true, 'kept late'],
    ['fast and well', false, false, 'left out'],
  ] as const)('that was not kept so far: %s', (_, isFailed, isSlow, keeping) => {
    const trace = traceOf(samplerOf(false, 'failed', 'slow'));
    trace.traceparent(1, false);
    expect(trace.decide(isFailed, isSlow)).toBe(keeping);
  });

  it('takes the place of a slow one when no place for a failed one is left', () => {
    expect(traceOf(samplerOf(false, 'slow')).decide(true, true)).toBe('kept late');
    expect(traceOf(samplerOf(false, 'slow')).decide(true, false)).toBe('left out');
  });
});

describe('a request under an active span', () => {
  const ids = new TraceIds(seededRng(6));

  it('of a service is its child: same trace, same decision, whatever happens', () => {
    for (const traceFlags of [0, 1]) {
      const active = activeSpan(traceFlags);
      const sampler = samplerOf(true, 'injected', 'retried', 'failed', 'slow');
      const trace = new SpanPropagator('child', () => active, sampler, ids).startTrace();
      const stamp = trace.traceparent(2, true);
      expect(stamp.split('-')).toEqual(['00', active.traceId, expect.any(String), `0${traceFlags}`]);
      expect(trace).toMatchObject({ root: { kind: 'child', parent: active } });
      if (trace instanceof SampledTrace) {
        expect(trace.decide(true, true)).toBe(traceFlags === 1 ? 'kept' : 'left out');
      }
    }
  });

  it('of a load is a trace of its own that is linked to it', () => {
    const active = activeSpan(0);
    const trace = new SpanPropagator('link', () => active, samplerOf(true), ids).startTrace();
    expect(trace).toMatchObject({ root: { kind: 'own', link: active } });
    expect(trace.traceparent(1, false)).not.toContain(active.traceId);
  });

  it('that is not there begins a trace', () => {
    const trace = new SpanPropagator('child', () => undefined, samplerOf(true), ids).startTrace();
    expect(trace).toMatchObject({ root: { kind: 'own', link: undefined } });
  });
});

describe('ids', () => {
  it('are as long as they must be, and never zero', () => {
    const zero = new TraceIds({ next: () => 0 });
    expect([zero.trace(), zero.span()]).toEqual([`${'0'.repeat(31)}1`, `${'0'.repeat(15)}1`]);
    const high = new TraceIds({ next: () => 1 - 2 ** -53 });
    expect([high.trace(), high.span()]).toEqual(['f'.repeat(32), 'f'.repeat(16)]);
  });
});
