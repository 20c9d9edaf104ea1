import type { Clock } from '#libs/kernel';
import type { Breaker, BreakerState, BreakerWindow } from '#libs/resilience';

/** The breaker of one origin, to look at and to take the origin out by hand. Its moves are told on `pooler:breaker`. */
export class BreakerHandle {
  readonly #breaker: Breaker;
  readonly #clock: Clock;

  constructor(breaker: Breaker, clock: Clock) {
    this.#breaker = breaker;
    this.#clock = clock;
  }

  /** Where it stands now. */
  get state(): BreakerState {
    const { state } = this.#breaker;
    // The breaker's own is alive, and holds what is nobody's business.
    if (state.kind === 'closed') return { kind: 'closed' };
    if (state.kind === 'half-open') return { kind: 'half-open', successes: state.successes };
    return { ...state };
  }

  /** The calls of the last `windowMs` by which it opens. */
  get window(): BreakerWindow {
    return this.#breaker.window(this.#clock.nowMs());
  }

  /** Trial calls so far that were not settled within `permitTtlMs`. */
  get lostPermits(): number {
    return this.#breaker.lostPermits;
  }

  /** Refuses every call, with `PLR_CIRCUIT_OPEN`, until `deIsolate`; those under way go on. Health says `reason`. */
  isolate(reason: string): void {
    this.#breaker.isolate(reason, this.#clock.nowMs());
  }

  /** Ends `isolate`: the breaker is closed, its window empty. */
  deIsolate(): void {
    this.#breaker.deIsolate(this.#clock.nowMs());
  }
}
