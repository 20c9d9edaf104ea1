import type { Clock, PoolerError, Timer } from '#libs/kernel';
import type { Pool } from '#libs/pool';
import type { Breaker } from '#libs/resilience';

/**
 * A dial may hang until its timeout, at an address that was right when it began: a pod that is gone. So the next one does not
 * wait for it longer than this.
 */
const PATIENCE_MS = 250;

/** The dials of a breaker that failed connects have opened: they find a restarted peer in milliseconds. */
export class BackgroundDial {
  readonly #breaker: Breaker;
  readonly #pool: Pool;
  readonly #clock: Clock;
  #next: { readonly atMs: number; readonly timer: Timer } | undefined;
  /** So far. */
  #count = 0;
  #isStopped = false;

  constructor(breaker: Breaker, pool: Pool, clock: Clock) {
    this.#breaker = breaker;
    this.#pool = pool;
    this.#clock = clock;
  }

  /** Sees to it that the next one begins by then. */
  by(atMs: number): void {
    if (this.#next && this.#next.atMs <= atMs) return;
    this.#next?.timer.cancel();
    const timer = this.#clock.setTimer(() => this.#dial(), atMs - this.#clock.nowMs());
    timer.unref();
    this.#next = { atMs, timer };
  }

  /** Begins no more. */
  stop(): void {
    this.#isStopped = true;
  }

  #dial(): void {
    this.#next = undefined;
    const { state } = this.#breaker;
    if (this.#isStopped || state.kind !== 'open' || state.cause !== 'connect') return;
    this.#count += 1;
    const dial = this.#count;
    this.by(this.#clock.nowMs() + PATIENCE_MS);
    this.#pool.dialProbe((error) => this.#onDialled(dial, error));
  }

  #onDialled(dial: number, error: PoolerError | undefined): void {
    const nowMs = this.#clock.nowMs();
    const isLocal = error?.kind === 'local';
    // A full pool makes no dial; where it has an idle connection, that one is looked at and tried instead.
    if (!error || (isLocal && this.#pool.stats().idle > 0)) return this.#breaker.onDialConnected(nowMs);
    const nextAtMs = isLocal ? this.#breaker.onDialNotMade(nowMs) : this.#breaker.onDialFailed(nowMs);
    // After an older one others have begun, and one after them is due.
    if (nextAtMs !== undefined && dial === this.#count) this.by(nextAtMs);
    return undefined;
  }
}
