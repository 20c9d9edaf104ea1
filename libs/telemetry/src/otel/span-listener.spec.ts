import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRng } from '#libs/kernel';
import { channels } from '#libs/records';
import type { TraceSampler } from '../sampling/trace-sampler.ts';
import { epochTime } from '../tracing/epoch-time.ts';
import { TraceIds } from '../tracing/ids.ts';
import { attemptRecord, requestRecord } from '../tracing/records.spec-helper.ts';
import { SampledTrace, type TraceRoot } from '../tracing/request-trace.ts';
import { ChosenIds } from './chosen-ids.ts';
import { HouseSampler } from './house-sampler.ts';
import { SpanListener } from './span-listener.ts';

const OWN: TraceRoot = { kind: 'own', link: undefined };
const KEEP_ALL: TraceSampler = { keepsAtStart: () => true, keeps: () => true };
const KEEP_LATE: TraceSampler = { keepsAtStart: () => false, keeps: (why) => why === 'slow' };
const KEEP_NONE: TraceSampler = { keepsAtStart: () => false, keeps: () => false };

const ids = new TraceIds(seededRng(9));
let exporter: InMemorySpanExporter;
let listener: SpanListener;

beforeEach(() => {
  exporter = new InMemorySpanExporter();
  const chosenIds = new ChosenIds(ids);
  const provider = new TracerProvider({
    idGenerator: chosenIds,
    sampler: new HouseSampler(new AlwaysOffSampler()),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  listener = new SpanListener(provider.getTracer('spec'), chosenIds, ids);
});

afterEach(() => {
  listener.stop();
});

function published(
  sampler: TraceSampler,
  facts: Parameters<typeof requestRecord>[1] = {},
  root = OWN,
): SampledTrace {
  const trace = new SampledTrace(root, sampler, ids);
  trace.traceparent(1, false);
  channels.request.publish(requestRecord([attemptRecord()], { ...facts, trace }));
  return trace;
}

function span(name: string): ReadableSpan {
  const found = exporter.getFinishedSpans().find((span) => span.name === name);
  if (!found) throw new Error(`no span ${name}`);
  return found;
}

describe('the span listener', () => {
  it('writes each span with the ids that went out and the times of the record, to the nanosecond', () => {
    const trace = published(KEEP_ALL);
    const [request, attempt] = [span('pooler.request'), span('GET')];
    expect(attempt.spanContext()).toMatchObject({
      traceId: trace.traceId,
      spanId: trace.attemptSpanId(1),
      traceFlags: 1,
    });
    expect(attempt.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
    expect(request.parentSpanContext).toBeUndefined();
    expect(request.spanContext().traceId).toBe(trace.traceId);
    expect([attempt.startTime, attempt.endTime]).toEqual([epochTime(10), epochTime(20)]);
    expect([request.startTime, request.endTime]).toEqual([epochTime(10), epochTime(100)]);
  });

  it('makes only attempts CLIENT spans', () => {
    published(KEEP_ALL);
    const kinds = exporter.getFinishedSpans().map(({ name, kind }) => [name, kind]);
    expect(kinds).toEqual([
      ['pooler.request', SpanKind.INTERNAL],
      ['pooler.breaker', SpanKind.INTERNAL],
      ['pooler.acquire', SpanKind.INTERNAL],
      ['pooler.probe', SpanKind.INTERNAL],
      ['GET', SpanKind.CLIENT],
    ]);
  });

  it('says of a trace that was kept late that it was', () => {
    published(KEEP_LATE, { endedAtMs: 510 });
    expect(span('pooler.request').attributes['pooler.sampled']).toBe('late');
    exporter.reset();
    published(KEEP_ALL, { endedAtMs: 510 });
    expect(span('pooler.request').attributes).not.toHaveProperty('pooler.sampled');
  });

  it('writes nothing of a trace that is left out, nor of a request without one', () => {
    published(KEEP_NONE);
    published(KEEP_LATE, { endedAtMs: 509 });
    channels.request.publish(requestRecord([attemptRecord()]));
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('marks what failed', () => {
    const error = { code: 'PLR_RESET', phase: 'wait', errno: undefined } as const;
    published(KEEP_ALL, { isOk: false, error });
    expect(span('pooler.request').status).toEqual({ code: SpanStatusCode.ERROR });
    expect(span('pooler.request').attributes['error.type']).toBe('PLR_RESET');
    expect(span('GET').status).toEqual({ code: SpanStatusCode.UNSET });
  });

  it('hangs a request under the span it was sent in, or links it to that one', () => {
    const active = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
    published(KEEP_NONE, {}, { kind: 'child', parent: active });
    expect(span('pooler.request').parentSpanContext).toEqual(active);
    expect(span('GET').spanContext().traceId).toBe(active.traceId);
    exporter.reset();
    published(KEEP_ALL, {}, { kind: 'own', link: active });
    expect(span('pooler.request').links.map(({ context }) => context)).toEqual([active]);
    expect(span('GET').links).toEqual([]);
  });

  it('makes a trace of its own of a dial that outlived its request, linked to it where that is kept', () => {
    const opened = {
      event: 'opened',
      origin: 'http://a',
      connectionId: 4,
      dialledAtMs: 5,
      connectedAtMs: 9,
    } as const;
    const trace = new SampledTrace(OWN, KEEP_ALL, ids);
    channels.connection.publish({ ...opened, outlived: undefined });
    channels.connection.publish({ ...opened, outlived: trace.traceparent(1, false).replace(/01$/, '00') });
    expect(exporter.getFinishedSpans()).toEqual([]);
    channels.connection.publish({ ...opened, outlived: trace.traceparent(1, false) });
    const dial = span('pooler.connect');
    expect(dial.parentSpanContext).toBeUndefined();
    expect(dial.spanContext().traceId).not.toBe(trace.traceId);
    expect(dial.links.map(({ context }) => [context.traceId, context.spanId])).toEqual([
      [trace.traceId, trace.attemptSpanId(1)],
    ]);
    expect([dial.startTime, dial.endTime]).toEqual([epochTime(5), epochTime(9)]);
  });

  it('hears nothing more once it is stopped', () => {
    listener.stop();
    published(KEEP_ALL);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
