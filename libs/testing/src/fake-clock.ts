import type { Clock, Timer } from '#libs/kernel';

interface Pending extends Timer {
  readonly dueAtMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it. Timers due at the same moment run in the order they were set. Every
 * call is a turn of the loop of its own, which ends at once, unless the test ends turns by hand.
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #sleptMs = 0;
  #order = 0;
  readonly #pending = new Set<Pending>();
  readonly #turnEnds: 'at-once' | 'by-hand';
  #atTurnEnd: Array<() => void> = [];

  constructor(startAtMs = 0, turnEnds: 'at-once' | 'by-hand' = 'at-once') {
    this.#nowMs = startAtMs;
    this.#turnEnds = turnEnds;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    this.#order += 1;
    const timer: Pending = {
      dueAtMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order,
      callback,
      cancel: () => this.#pending.delete(timer),
      unref: () => {},
    };
    this.#pending.add(timer);
    return timer;
  }

  wallMs(): number {
    return this.#nowMs + this.#sleptMs;
  }

  /** The machine sleeps: the time of day goes on and monotonic time stands. */
  sleep(ms: number): void {
    this.#sleptMs += ms;
  }

  /** The process stands still: time goes on, and what is due in it runs late, when the clock is moved next. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  atTurnEnd(callback: () => void): void {
    if (this.#turnEnds === 'at-once') callback();
    else this.#atTurnEnd.push(callback);
  }

  /** Ends the present turn: whoever waited for that is called. Returns whether somebody did. */
  endTurn(): boolean {
    const callbacks = this.#atTurnEnd.splice(0);
    for (const callback of callbacks) callback();
    return callbacks.length > 0;
  }

  /** Timers that have not run yet. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** When the next timer is due, `undefined` when none is set. */
  get nextDueAtMs(): number | undefined {
    return this.#next()?.dueAtMs;
  }

  /** Moves time on by `ms` and runs each timer at its own moment, also those that a timer sets on the way. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(); next && next.dueAtMs <= untilMs; next = this.#next()) this.#run(next);
    this.#nowMs = untilMs;
  }

  /** As `advance`, but lets promise callbacks run before each timer and at the end. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(); next && next.dueAtMs <= untilMs; next = this.#next()) {
      this.#run(next);
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #run(timer: Pending): void {
    this.#pending.delete(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueAtMs);
    timer.callback();
  }

  #next(): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of this.#pending) {
      const isEarlier = !next || timer.dueAtMs < next.dueAtMs;
      if (isEarlier || (timer.dueAtMs === next?.dueAtMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** Lets every promise callback that is ready, and those that they make ready, run. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
