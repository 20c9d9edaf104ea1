import type { Clock, Timer } from '#libs/kernel';

/**
 * A right that ends by itself. Its owner renews it again and again; where that fails for too long (Redis away, process
 * stopped, event loop blocked) it is lost before anybody else may take over, and stays lost.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #onLost: () => void;
  #state: { kind: 'held'; untilMs: number; timer: Timer } | { kind: 'lost' } | { kind: 'given-back' };

  constructor(clock: Clock, ttlMs: number, onLost: () => void) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#onLost = onLost;
    const nowMs = clock.nowMs();
    this.#state = { kind: 'held', untilMs: nowMs + ttlMs, timer: this.#watch(ttlMs) };
  }

  /** Whether it holds now, by the clock and not by the timer, which may come late. */
  isHeld(): boolean {
    return this.#state.kind === 'held' && this.#clock.nowMs() < this.#state.untilMs;
  }

  /** @param askedAtMs when the renewal was sent: what it renewed may have been granted right then */
  renewed(askedAtMs: number): void {
    if (!this.isHeld() || this.#state.kind !== 'held') return;
    this.#state.untilMs = Math.max(this.#state.untilMs, askedAtMs + this.#ttlMs);
  }

  /** It is needed no more. */
  giveBack(): void {
    if (this.#state.kind === 'held') this.#state.timer.cancel();
    this.#state = { kind: 'given-back' };
  }

  #watch(delayMs: number): Timer {
    return this.#clock.setTimer(() => {
      if (this.#state.kind !== 'held') return;
      const restMs = this.#state.untilMs - this.#clock.nowMs();
      if (restMs > 0) {
        this.#state.timer = this.#watch(restMs);
        return;
      }
      this.#state = { kind: 'lost' };
      this.#onLost();
    }, delayMs);
  }
}
