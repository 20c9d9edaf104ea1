import type { RunTally } from '#libs/stats';

/** How well the load generator kept to its schedule. */
export interface Generator {
  /** Arrivals of open scenarios that were sent. */
  readonly arrivals: number;
  /** Arrivals that were never sent, for want of room in flight or because their worker was gone. */
  readonly missed: number;
  /** The 99th percentile of how much later than intended a request was sent, in ms; 0 without arrivals. */
  readonly lagP99Ms: number;
}

/** A share of missed arrivals above this hides what those requests would have met. */
export const MAX_MISSED_SHARE = 0.01;

/** A lag above this is as long as the latencies it is measured with: the generator was the bottleneck. */
export const MAX_LAG_P99_MS = 100;

/** Whether the numbers of a run say more about the generator than about the target. */
export function isGeneratorTooSlow({ arrivals, missed, lagP99Ms }: Generator): boolean {
  return missed > MAX_MISSED_SHARE * (arrivals + missed) || lagP99Ms > MAX_LAG_P99_MS;
}

/** Over all phases. */
export function generatorOf(tally: RunTally): Generator {
  const { counts, lag } = tally.total();
  return { arrivals: counts.arrivals, missed: counts.missed, lagP99Ms: lag.quantileMs(0.99) };
}
