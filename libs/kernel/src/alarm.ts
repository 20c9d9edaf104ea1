import type { Clock, Timer } from './clock.ts';

/**
 * One timer for any number of due times.
 *
 * The owner keeps its own due times and calls `wakeBy` when one is added; the alarm arms a single timer for the
 * earliest. When it rings, the owner looks at everything that is due and returns the next due time. Nothing is
 * cancelled when a due time goes away: the alarm then rings once for nothing, which is cheaper than a timer a request.
 * For the same reason it never keeps the process alive; what it watches over (a socket, say) does.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #onDue: (nowMs: number, lateMs: number) => number;
  readonly #ring = (): void => {
    const nowMs = this.#clock.nowMs();
    const lateMs = nowMs - this.#armedForMs;
    this.#timer = undefined;
    this.#armedForMs = Infinity;
    const nextAtMs = this.#onDue(nowMs, lateMs);
    this.wakeBy(nextAtMs);
  };
  #timer: Timer | undefined;
  #armedForMs = Infinity;
  #stopped = false;

  /**
   * @param onDue does what is due at `nowMs` and returns when it must run again, `Infinity` for never; `lateMs` is how much
   *   later it is called than it was to be
   */
  constructor(clock: Clock, onDue: (nowMs: number, lateMs: number) => number) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Rings at `atMs` or earlier. Free when the alarm is already set to ring by then. */
  wakeBy(atMs: number): void {
    if (atMs >= this.#armedForMs || this.#stopped) return;
    this.#timer?.cancel();
    this.#armedForMs = atMs;
    this.#timer = this.#clock.setTimer(this.#ring, Math.max(0, atMs - this.#clock.nowMs()));
    this.#timer.unref();
  }

  /** Never rings again. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
