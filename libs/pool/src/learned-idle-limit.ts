/** Of what was seen, this share is used: the peer must not be the first to close. */
const SAFETY = 0.8;
/** What was seen counts half as much after this time: the limit grows back, for peers change. */
const DOUBLING_MS = 600_000;
/** Two closes confirm each other when their ages differ by no more than this share... */
const LIKENESS = 0.25;
/** ...and when they are not of the same event: a restart closes everything at once, whatever its age. */
const APART_MS = 1_000;
/**
 * A peer that closes earlier keeps nothing, whatever the limit; and a limit near 0 would close connections between their
 * dial and their first request, again and again.
 */
const LEAST_AGE_MS = 100;

interface Close {
  readonly ageMs: number;
  readonly atMs: number;
}

/**
 * Learns how long a peer (or a balancer before it) keeps idle connections, where it does not say so or says what is not
 * true: the least idle age at which it closed, twice alike and at different times. It decays: what is not seen again is
 * forgotten. No clock of its own.
 */
export class LearnedIdleLimit {
  #candidate: Close | undefined;
  #lowest: Close | undefined;

  /** The peer closed a connection that had been idle for `ageMs`. Returns whether that changed the limit. */
  onClosedByPeer(ageMs: number, nowMs: number): boolean {
    if (ageMs < LEAST_AGE_MS) return false;
    const before = this.#candidate;
    const isNew = !before || Math.abs(before.ageMs - ageMs) > LIKENESS * Math.max(before.ageMs, ageMs);
    if (isNew) {
      this.#candidate = { ageMs, atMs: nowMs };
      return false;
    }
    if (nowMs - before.atMs < APART_MS) return false;
    this.#candidate = { ageMs, atMs: nowMs };
    const lowestMs = Math.min(ageMs, before.ageMs);
    if (lowestMs >= this.#seenMs(nowMs)) return false;
    this.#lowest = { ageMs: lowestMs, atMs: nowMs };
    return true;
  }

  /** How long a connection may be idle; `Infinity` where nothing is known. */
  limitMs(nowMs: number): number {
    return this.#seenMs(nowMs) * SAFETY;
  }

  #seenMs(nowMs: number): number {
    const lowest = this.#lowest;
    return lowest ? lowest.ageMs * 2 ** ((nowMs - lowest.atMs) / DOUBLING_MS) : Infinity;
  }
}
