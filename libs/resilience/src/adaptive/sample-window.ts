/** With fewer results a mean says little. Source: the same number in Netflix's `WindowedLimit`. */
const MIN_RESULTS = 10;

/** What has been seen of a peer since its limit was last decided. */
export class SampleWindow {
  readonly #windowMs: number;
  #beganAtMs = -Infinity;
  #answers = 0;
  #answerMs = 0;
  #failures = 0;
  #peakLeases = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The mean response time; NaN without an answer. */
  get meanMs(): number {
    return this.#answerMs / this.#answers;
  }

  get failureShare(): number {
    return this.#failures / (this.#answers + this.#failures);
  }

  /** The most leases at once, as far as its results know. */
  get peakLeases(): number {
    return this.#peakLeases;
  }

  /** Counts an answer, unless it was asked for before the window began: it tells of an earlier limit. */
  answered(begunAtMs: number, leases: number, nowMs: number): void {
    if (begunAtMs < this.#beganAtMs) return;
    this.#answers += 1;
    this.#answerMs += nowMs - begunAtMs;
    this.#peakLeases = Math.max(this.#peakLeases, leases);
  }

  /** Counts a failure likewise, so that a burst of them counts in one window only. */
  failed(begunAtMs: number, leases: number): void {
    if (begunAtMs < this.#beganAtMs) return;
    this.#failures += 1;
    this.#peakLeases = Math.max(this.#peakLeases, leases);
  }

  /** Whether it has seen enough for a decision. */
  isFull(nowMs: number): boolean {
    return this.#answers + this.#failures >= MIN_RESULTS && nowMs - this.#beganAtMs >= this.#windowMs;
  }

  restart(nowMs: number): void {
    this.#beganAtMs = nowMs;
    this.#answers = 0;
    this.#answerMs = 0;
    this.#failures = 0;
    this.#peakLeases = 0;
  }
}
