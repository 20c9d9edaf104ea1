import type { AttributionCell, PhaseCounts, PhaseTally } from '#libs/stats';

/** The numbers of a run, or of one phase of it. */
export interface RunSummary extends Readonly<PhaseCounts> {
  /** From the intended start (open) or the call (closed) to the end; `undefined` where nothing finished. */
  readonly latencyMs: LatencySummary | undefined;
  /** Requests by cause and outcome, such as `injected/after-retry`. */
  readonly attribution: Readonly<Partial<Record<AttributionCell, number>>>;
  /** Failures by code, or `HTTP_503`, those of attempts included. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly mean: number;
}

export function summaryOf({ counts, latency, attribution, errors }: PhaseTally): RunSummary {
  const latencyMs = {
    p50: latency.quantileMs(0.5),
    p90: latency.quantileMs(0.9),
    p99: latency.quantileMs(0.99),
    p999: latency.quantileMs(0.999),
    mean: latency.meanMs,
  };
  return {
    ...counts,
    latencyMs: latency.count === 0 ? undefined : latencyMs,
    attribution: { ...attribution },
    errors: { ...errors },
  };
}
