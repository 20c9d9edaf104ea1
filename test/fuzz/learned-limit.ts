import type { PoolStats } from '#libs/pool';

/** Follows what a pool says that it has learned, so that what is idle for longer has had time to go. */
export class LearnedLimit {
  #knownMs = Infinity;
  #sinceMs = 0;

  /** What binds the connections that are idle now. */
  limitMs({ learnedIdleLimitMs = Infinity }: PoolStats, nowMs: number): number {
    // It grows by itself, slowly; only where it shrinks do connections have to go.
    if (learnedIdleLimitMs < this.#knownMs) this.#sinceMs = nowMs;
    this.#knownMs = learnedIdleLimitMs;
    return nowMs > this.#sinceMs ? learnedIdleLimitMs : Infinity;
  }
}
