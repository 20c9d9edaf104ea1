/** Lets at most `limit` events through in any span of one second. */
export class RateCap {
  /** When the last `limit` events passed; the oldest stands at `#next`. */
  readonly #passedAtMs: Float64Array;
  #next = 0;

  constructor(limit: number) {
    this.#passedAtMs = new Float64Array(limit).fill(-Infinity);
  }

  /** Takes a place for an event at `nowMs`; false when there is none. */
  take(nowMs: number): boolean {
    const oldestAtMs = this.#passedAtMs[this.#next] ?? Infinity;
    if (nowMs - oldestAtMs < 1_000) return false;
    this.#passedAtMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#passedAtMs.length;
    return true;
  }
}
