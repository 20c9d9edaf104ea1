import type { IdGenerator } from '@opentelemetry/sdk-trace';
import type { TraceIds } from '../tracing/ids.ts';

/** Gives the SDK the ids that were chosen before the span was made, and fresh ones to everybody else. */
export class ChosenIds implements IdGenerator {
  readonly #fresh: TraceIds;
  #chosen: { readonly traceId: string; readonly spanId: string } | undefined;

  constructor(fresh: TraceIds) {
    this.#fresh = fresh;
  }

  /** Whatever span `start` begins has these ids; the trace's only where it has no parent. */
  with<T>(traceId: string, spanId: string, start: () => T): T {
    this.#chosen = { traceId, spanId };
    try {
      return start();
    } finally {
      this.#chosen = undefined;
    }
  }

  generateTraceId(): string {
    return this.#chosen?.traceId ?? this.#fresh.trace();
  }

  generateSpanId(): string {
    return this.#chosen?.spanId ?? this.#fresh.span();
  }
}
