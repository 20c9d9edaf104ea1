import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Context,
  type Link,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { channels, type ConnectionRecord, type RequestRecord } from '#libs/records';
import { epochTime } from '../tracing/epoch-time.ts';
import type { TraceIds } from '../tracing/ids.ts';
import { planSpans, type PlannedSpan } from '../tracing/plan-spans.ts';
import { SampledTrace } from '../tracing/request-trace.ts';
import type { ChosenIds } from './chosen-ids.ts';
import { keptIn } from './house-sampler.ts';

/** A request that took this long, in ms, is worth keeping. */
const SLOW_MS = 500;

/** Makes the spans of each request when it is over, with the times that its record gives and the ids it had on the wire. */
export class SpanListener {
  readonly #tracer: Tracer;
  readonly #chosenIds: ChosenIds;
  readonly #ids: TraceIds;
  readonly #stops: ReadonlyArray<() => void>;

  /** Listens from now on, until `stop`. */
  constructor(tracer: Tracer, chosenIds: ChosenIds, ids: TraceIds) {
    this.#tracer = tracer;
    this.#chosenIds = chosenIds;
    this.#ids = ids;
    this.#stops = [
      channels.request.subscribe((record) => this.#onRequest(record)),
      channels.connection.subscribe((record) => this.#onConnection(record)),
    ];
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #onRequest(record: RequestRecord): void {
    const { trace } = record;
    if (!(trace instanceof SampledTrace)) return;
    const keeping = trace.decide(!record.isOk, record.endedAtMs - record.startedAtMs >= SLOW_MS);
    if (keeping === 'left out') return;
    const [request, ...parts] = planSpans(record, trace, () => this.#ids.span());
    if (!request) return;
    const late = keeping === 'kept late' ? { 'pooler.sampled': 'late' } : {};
    this.#write({ ...request, attributes: { ...request.attributes, ...late } }, trace);
    for (const part of parts) this.#write(part, trace);
  }

  /** A dial that outlived the wait it was made for belongs to no request, but one can be led to it. */
  #onConnection(record: ConnectionRecord): void {
    if (record.event !== 'opened') return;
    const [, traceId, spanId, flags] = record.outlived?.split('-') ?? [];
    if (traceId === undefined || spanId === undefined || flags !== '01') return;
    const link = { context: { traceId, spanId, traceFlags: TraceFlags.SAMPLED } };
    const options = { startTime: epochTime(record.dialledAtMs), links: [link] };
    const span = this.#tracer.startSpan('pooler.connect', options, keptIn(ROOT_CONTEXT));
    span.setAttribute('pooler.connection.id', record.connectionId);
    span.end(epochTime(record.connectedAtMs));
  }

  #write(planned: PlannedSpan, trace: SampledTrace): void {
    const { name, spanId, kind, startMs, endMs, attributes } = planned;
    const options = {
      kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
      startTime: epochTime(startMs),
      attributes,
      links: linksOf(planned, trace),
    };
    const context = parentOf(planned, trace);
    const span = this.#chosenIds.with(trace.traceId, spanId, () =>
      this.#tracer.startSpan(name, options, context),
    );
    if (attributes[ATTR_ERROR_TYPE] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(epochTime(endMs));
  }
}

function parentOf({ parentId }: PlannedSpan, { traceId, root }: SampledTrace): Context {
  if (parentId !== undefined)
    return keptIn(trace.setSpanContext(ROOT_CONTEXT, spanContext(traceId, parentId)));
  if (root.kind === 'child') return keptIn(trace.setSpanContext(ROOT_CONTEXT, root.parent));
  return keptIn(ROOT_CONTEXT);
}

function linksOf({ parentId, linkId }: PlannedSpan, { traceId, root }: SampledTrace): Link[] {
  if (linkId !== undefined) return [{ context: spanContext(traceId, linkId) }];
  return parentId === undefined && root.kind === 'own' && root.link ? [{ context: root.link }] : [];
}

function spanContext(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}
