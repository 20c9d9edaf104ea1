/**
 * Counts what happened in the last `buckets` × `bucketMs` milliseconds, to the grain of a bucket: the running bucket
 * and the full ones before it. Counting costs an addition; memory is fixed.
 */
export class RollingCount {
  readonly #bucketMs: number;
  readonly #counts: Uint32Array;
  /** The number of the running bucket: whole bucket lengths since the clock's zero. */
  #newest = -Infinity;
  #newestEndsAtMs = -Infinity;
  #slot = 0;
  #total = 0;

  constructor(buckets: number, bucketMs: number) {
    this.#bucketMs = bucketMs;
    this.#counts = new Uint32Array(buckets);
  }

  /** Counts one. A moment before the running bucket is counted in the running bucket. */
  add(nowMs: number): void {
    if (nowMs >= this.#newestEndsAtMs) this.#moveTo(nowMs);
    this.#counts[this.#slot] = (this.#counts[this.#slot] ?? 0) + 1;
    this.#total += 1;
  }

  total(nowMs: number): number {
    if (nowMs >= this.#newestEndsAtMs) this.#moveTo(nowMs);
    return this.#total;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  #moveTo(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    const begun = Math.min(bucket - this.#newest, this.#counts.length);
    for (let age = 0; age < begun; age += 1) {
      const slot = this.#slotOf(bucket - age);
      this.#total -= this.#counts[slot] ?? 0;
      this.#counts[slot] = 0;
    }
    this.#newest = bucket;
    this.#newestEndsAtMs = (bucket + 1) * this.#bucketMs;
    this.#slot = this.#slotOf(bucket);
  }

  #slotOf(bucket: number): number {
    const size = this.#counts.length;
    // A clock's zero means nothing, so its time, and with it a bucket's number, may be negative.
    return ((bucket % size) + size) % size;
  }
}
