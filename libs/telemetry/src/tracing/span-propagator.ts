import type { SpanContext } from '@opentelemetry/api';
import type { Propagator, RequestTrace } from '#libs/records';
import type { TraceSampler } from '../sampling/trace-sampler.ts';
import type { TraceIds } from './ids.ts';
import { SampledTrace } from './request-trace.ts';

/**
 * How the requests of a client stand to the span that is active when they start: as its children, which is right for
 * the calls of a service, or each as a trace of its own that is linked to it, which is right for load.
 */
export type TraceRelation = 'child' | 'link';

/** Begins the trace of each request of a client. */
export class SpanPropagator implements Propagator {
  readonly #relation: TraceRelation;
  readonly #activeSpan: () => SpanContext | undefined;
  readonly #sampler: TraceSampler;
  readonly #ids: TraceIds;

  constructor(
    relation: TraceRelation,
    activeSpan: () => SpanContext | undefined,
    sampler: TraceSampler,
    ids: TraceIds,
  ) {
    this.#relation = relation;
    this.#activeSpan = activeSpan;
    this.#sampler = sampler;
    this.#ids = ids;
  }

  startTrace(): RequestTrace {
    const active = this.#activeSpan();
    const isChild = active !== undefined && this.#relation === 'child';
    const root = isChild
      ? ({ kind: 'child', parent: active } as const)
      : ({ kind: 'own', link: active } as const);
    return new SampledTrace(root, this.#sampler, this.#ids);
  }
}
