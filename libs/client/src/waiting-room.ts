import type { Clock } from '#libs/kernel';

/**
 * Where requests wait between attempts: for a delay to pass or for news. A wait ends when its time comes, when the
 * caller's signal fires, or when somebody wakes the room; whoever waited then looks again what is true.
 */
export class WaitingRoom {
  readonly #clock: Clock;
  readonly #wakers = new Set<() => void>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    return this.#wakers.size;
  }

  /** Never rejects. `untilMs` may be `Infinity` where a signal or the room's owner is the way out. */
  async wait(untilMs: number, signal: AbortSignal | undefined): Promise<void> {
    const delayMs = untilMs - this.#clock.nowMs();
    if (delayMs <= 0 || this.#isClosed || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        timer?.cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = delayMs === Infinity ? undefined : this.#clock.setTimer(wake, delayMs);
      signal?.addEventListener('abort', wake, { once: true });
      this.#wakers.add(wake);
    });
  }

  /** In the order in which they came. */
  wakeAll(): void {
    for (const wake of this.#wakers) wake();
  }

  /** Wakes everybody, and from now on nobody waits. */
  close(): void {
    this.#isClosed = true;
    this.wakeAll();
  }
}
