import type { Rng } from '#libs/kernel';

/** Dials ahead at the same time. More than one, so that a dial that hangs does not hold the others up. */
export const REFILL_SLOTS = 2;
/** The waits between failed dials: doubled from the first to the longest, each with full jitter on its second half. */
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 5_000;

/** What is to be done now, and when to look again. */
export interface RefillPlan {
  readonly dials: number;
  /** `Infinity` where news of a connection comes first. */
  readonly nextAtMs: number;
}

/**
 * Keeps a pool at its least number of connections: a few dials at a time, each with the connect timeout as its deadline,
 * and after a failure a wait that grows to five seconds. It never gives up, so a pool whose server was away is never
 * stuck at zero: one dial that connects ends all waiting.
 */
export class Refill {
  readonly #rng: Rng;
  #underWay = 0;
  #failures = 0;
  #notBeforeMs = -Infinity;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** @param missing connections that are neither open nor being dialled by anybody */
  plan(missing: number, nowMs: number): RefillPlan {
    if (missing <= 0) return { dials: 0, nextAtMs: Infinity };
    if (nowMs < this.#notBeforeMs) return { dials: 0, nextAtMs: this.#notBeforeMs };
    return { dials: Math.min(missing, REFILL_SLOTS - this.#underWay), nextAtMs: Infinity };
  }

  onDialling(): void {
    this.#underWay += 1;
  }

  onDialEnded(): void {
    this.#underWay -= 1;
  }

  /** Any dial connected: the peer is there. */
  onConnected(): void {
    this.#failures = 0;
    this.#notBeforeMs = -Infinity;
  }

  /** A dial ahead failed. */
  onFailed(nowMs: number): void {
    // Dials that were under way fail together; the first one has already set the wait.
    if (nowMs < this.#notBeforeMs) return;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    this.#failures += 1;
    this.#notBeforeMs = nowMs + waitMs * (0.5 + 0.5 * this.#rng.next());
  }
}
