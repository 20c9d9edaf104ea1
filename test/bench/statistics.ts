import { seededRng } from '#libs/kernel';

/** A ratio over the rounds of one run, with what chance leaves open. */
export interface RatioEstimate {
  readonly median: number;
  /** A 95 % bootstrap interval of the median. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 10_000;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The median of the per-round ratios and its percentile bootstrap interval (Efron and Tibshirani, An Introduction to the
 * Bootstrap, chapter 13). Ratios within a round cancel what the machine did in that round.
 */
export function estimateRatio(ratios: readonly number[]): RatioEstimate {
  const rng = seededRng(1);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(ratios.map(() => ratios[Math.floor(rng.next() * ratios.length)] ?? Number.NaN)),
  ).sort((a, b) => a - b);
  return {
    median: median(ratios),
    low: medians[Math.floor(RESAMPLES * 0.025)] ?? Number.NaN,
    high: medians[Math.floor(RESAMPLES * 0.975)] ?? Number.NaN,
  };
}
