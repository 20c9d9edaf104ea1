import type { LatencyHistogram, RunPhase } from '#libs/stats';

/** What a run is measured by. Latencies are milliseconds, rates are shares of the finished requests (0.01 is 1 %). */
export const METRICS = [
  'latency.p50',
  'latency.p90',
  'latency.p99',
  'latency.p999',
  'latency.mean',
  'failed.rate',
  'surfaced.rate',
  'retries.rate',
] as const;

export type Metric = (typeof METRICS)[number];

/** What a metric's numbers are. */
export type MetricUnit = 'ms' | 'ratio';

export function unitOf(metric: Metric): MetricUnit {
  return metric.startsWith('latency.') ? 'ms' : 'ratio';
}

/** A measured value and how many finished requests it stands on; without a request there is no value. */
export interface Reading {
  readonly value: number | undefined;
  readonly samples: number;
}

export const NO_READING: Reading = { value: undefined, samples: 0 };

/** Reads a metric over one phase of a run, or over all of them. */
export type ReadRun = (metric: Metric, phase: RunPhase | undefined) => Reading;

/** One second of a run that is over. Seconds come in their order; t = 0 begins the one with number 0. */
export interface RunSecond {
  readonly number: number;
  readonly phase: RunPhase;
  /** Over the requests that finished in the last `seconds` seconds, this one included. */
  read(metric: Metric, seconds: number): Reading;
}

/** What a metric is made of, as the tallies of `stats` have it. */
export interface Counted {
  readonly requests: number;
  readonly failed: number;
  readonly surfaced: number;
  readonly retries: number;
  /** From the intended start to the end. */
  readonly latency: LatencyHistogram;
}

export function readingOf(
  { requests, failed, surfaced, retries, latency }: Counted,
  metric: Metric,
): Reading {
  if (requests === 0) return NO_READING;
  switch (metric) {
    case 'latency.p50':
      return { value: latency.quantileMs(0.5), samples: requests };
    case 'latency.p90':
      return { value: latency.quantileMs(0.9), samples: requests };
    case 'latency.p99':
      return { value: latency.quantileMs(0.99), samples: requests };
    case 'latency.p999':
      return { value: latency.quantileMs(0.999), samples: requests };
    case 'latency.mean':
      return { value: latency.meanMs, samples: requests };
    case 'failed.rate':
      return { value: failed / requests, samples: requests };
    case 'surfaced.rate':
      return { value: surfaced / requests, samples: requests };
    case 'retries.rate':
      return { value: retries / requests, samples: requests };
  }
}
