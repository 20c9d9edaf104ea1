import type { SpanContext } from '@opentelemetry/api';
import type { RequestTrace } from '#libs/records';
import type { TraceSampler } from '../sampling/trace-sampler.ts';
import type { TraceIds } from './ids.ts';

/** Where a request's span hangs: in a trace that is already there, or on top of its own, perhaps linked to another. */
export type TraceRoot =
  | { readonly kind: 'child'; readonly parent: SpanContext }
  | { readonly kind: 'own'; readonly link: SpanContext | undefined };

/** What has been decided on a trace. `late` means that its first attempts went out with the flag 0. */
export type Keeping = 'kept' | 'kept late' | 'left out';

const SAMPLED = 1;

/**
 * The trace of one request: chooses the ids before anything is sent, so that the spans can be made when all is over. The
 * flag on the wire is 1 exactly when it is already certain that the trace is kept.
 */
export class SampledTrace implements RequestTrace {
  readonly traceId: string;
  readonly root: TraceRoot;
  readonly #sampler: TraceSampler;
  readonly #ids: TraceIds;
  readonly #attemptSpanIds: string[] = [];
  #isKept: boolean;

  constructor(root: TraceRoot, sampler: TraceSampler, ids: TraceIds) {
    this.root = root;
    this.#sampler = sampler;
    this.#ids = ids;
    this.traceId = root.kind === 'child' ? root.parent.traceId : ids.trace();
    this.#isKept = root.kind === 'child' ? isSampled(root.parent) : sampler.keepsAtStart(this.traceId);
  }

  traceparent(attempt: number, isInjected: boolean): string {
    if (this.#mayDecide && isInjected) this.#isKept = this.#sampler.keeps('injected');
    if (this.#mayDecide && attempt > 1) this.#isKept = this.#sampler.keeps('retried');
    const flags = this.#isKept ? '01' : '00';
    return `00-${this.traceId}-${this.attemptSpanId(attempt)}-${flags}`;
  }

  /** The span id that an attempt had on the wire. */
  attemptSpanId(attempt: number): string {
    return (this.#attemptSpanIds[attempt - 1] ??= this.#ids.span());
  }

  /** The last word, when the request is over. */
  decide(isFailed: boolean, isSlow: boolean): Keeping {
    if (this.#isKept) return 'kept';
    if (!this.#mayDecide) return 'left out';
    const isWorthIt = (isFailed && this.#sampler.keeps('failed')) || (isSlow && this.#sampler.keeps('slow'));
    return isWorthIt ? 'kept late' : 'left out';
  }

  /** Within a trace of somebody else, that one's decision stands. */
  get #mayDecide(): boolean {
    return !this.#isKept && this.root.kind === 'own';
  }
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & SAMPLED) !== 0;
}
