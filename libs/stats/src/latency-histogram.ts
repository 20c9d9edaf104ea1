import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import { invariant, numberOption } from '#libs/kernel';

const UNITS_PER_MS = 1000;
const LONGEST_MS = 3_600_000;

/**
 * Latencies, counted in buckets: an HDR histogram (Gil Tene, hdrhistogram.org) of 3 significant digits from 1 µs to 1 h,
 * with at most 2^32 − 1 latencies a bucket.
 *
 * Its memory is fixed (92 KiB), and merging two is the same as having recorded everything in one. A latency is rounded
 * to the microsecond and then stands for the upper end of its bucket: exactly itself up to 2 ms, at most 0.1 % more above.
 */
export class LatencyHistogram {
  readonly #buckets: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_MS * UNITS_PER_MS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    // The same size for all: then equal counts have equal encodings, and merging is an addition of arrays.
    autoResize: false,
  });

  /** How many were recorded. */
  get count(): number {
    return this.#buckets.totalCount;
  }

  /** Mean in milliseconds, each latency standing in the middle of its bucket; 0 while the histogram is empty. */
  get meanMs(): number {
    return this.#buckets.mean / UNITS_PER_MS;
  }

  /** The longest in milliseconds; 0 while the histogram is empty. */
  get maxMs(): number {
    return this.quantileMs(1);
  }

  /** Counts one latency of `ms` >= 0. Longer than an hour counts as an hour. */
  record(ms: number): void {
    invariant(ms >= 0, `a latency of ${ms} ms was recorded`);
    this.#buckets.recordValue(Math.round(Math.min(ms, LONGEST_MS) * UNITS_PER_MS));
  }

  /**
   * The latency in milliseconds that the share `q` of all did not exceed; 0 while the histogram is empty.
   * @throws PoolerError `PLR_INVALID_ARGUMENT` when `q` is not from 0 to 1.
   */
  quantileMs(q: number): number {
    return this.#buckets.getValueAtPercentile(numberOption('q', q, 0, 1) * 100) / UNITS_PER_MS;
  }

  /** Adds all that `other`, or an encoding of it, has recorded. Throws when a text is no such encoding. */
  merge(other: LatencyHistogram | string): void {
    this.#buckets.add(typeof other === 'string' ? decodeFromCompressedBase64(other) : other.#buckets);
  }

  /** Forgets everything. */
  clear(): void {
    this.#buckets.reset();
  }

  /** The format of all HDR histograms (V2, compressed, base64): some kilobytes. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#buckets);
  }

  /** What was encoded, again. Throws when `text` is no encoding. */
  static decode(text: string): LatencyHistogram {
    const histogram = new LatencyHistogram();
    histogram.merge(text);
    return histogram;
  }
}
