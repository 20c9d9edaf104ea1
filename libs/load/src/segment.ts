/**
 * One of `count` parts of a load, which share the work by number and without talking: part `index` takes the requests
 * whose number leaves the remainder `index`. Together they take every request once.
 */
export interface Segment {
  /** From 0 to `count` − 1. */
  readonly index: number;
  readonly count: number;
}

/** The whole load in one part. */
export const WHOLE: Segment = { index: 0, count: 1 };

/** The first number from `fromSeq` on, which may be negative, that the segment takes. The next ones are `count` apart. */
export function firstSeqOf({ index, count }: Segment, fromSeq: number): number {
  return fromSeq + ((((index - fromSeq) % count) + count) % count);
}

/** How many of `total` things, numbered from 0, the segment takes. */
export function shareOf({ index, count }: Segment, total: number): number {
  return Math.max(0, Math.ceil((total - index) / count));
}
