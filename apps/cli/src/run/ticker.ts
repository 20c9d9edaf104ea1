import type { Clock, Timer } from '#libs/kernel';

/** Calls back at every multiple of an interval from its start, until it is stopped. Ticks that come late are left out. */
export class Ticker {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #onTick: () => void;
  readonly #startedAtMs: number;
  /** The multiple of the interval that is waited for. */
  #tick = 0;
  #timer: Timer;

  constructor(clock: Clock, intervalMs: number, onTick: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#onTick = onTick;
    this.#startedAtMs = clock.nowMs();
    this.#timer = this.#arm();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #arm(): Timer {
    const elapsedMs = this.#clock.nowMs() - this.#startedAtMs;
    // A timer may fire a hair early, by the clock: that must not make the same tick come twice.
    this.#tick = Math.max(this.#tick, Math.floor(elapsedMs / this.#intervalMs)) + 1;
    return this.#clock.setTimer(
      () => {
        this.#timer = this.#arm();
        this.#onTick();
      },
      this.#tick * this.#intervalMs - elapsedMs,
    );
  }
}
