import { performance } from 'node:perf_hooks';

/**
 * The only source of time. Everything that decides by time takes a `Clock`, so that a test can own it.
 */
export interface Clock {
  /** Milliseconds on a monotonic scale, with fractions. Compare and subtract only; its zero means nothing. */
  nowMs(): number;
  /** The time of day in milliseconds since 1970. It may jump; to compare with `nowMs` only to see that it did. */
  wallMs(): number;
  /** Calls `callback` once after `delayMs` (>= 0). Never calls it before `setTimer` has returned. */
  setTimer(callback: () => void, delayMs: number): Timer;
  /**
   * Calls `callback` once when what came in with the present turn of the event loop has been dealt with, before the loop
   * waits again: the place to do together what many callbacks of one turn want done.
   */
  atTurnEnd(callback: () => void): void;
}

/** One pending callback of a `Clock`. */
export interface Timer {
  /** Forgets the callback. Harmless when it has already run. */
  cancel(): void;
  /** Lets the process end although the callback has not run. */
  unref(): void;
}

/** The longest delay a Node timer takes; a longer one fires at once (node:timers, `TIMEOUT_MAX`). */
const TIMER_MAX_MS = 2 ** 31 - 1;

class NodeTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;
  constructor(callback: () => void, delayMs: number) {
    this.#timeout = setTimeout(callback, Math.min(Math.ceil(delayMs), TIMER_MAX_MS));
  }
  cancel(): void {
    clearTimeout(this.#timeout);
  }
  unref(): void {
    this.#timeout.unref();
  }
}

/** The machine's own clock: `performance.now()` and Node's timers. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer: (callback, delayMs) => new NodeTimer(callback, delayMs),
  // The check phase comes right behind the poll phase.
  atTurnEnd: (callback) => {
    setImmediate(callback);
  },
};
