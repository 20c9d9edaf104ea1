import type { Rng } from '#libs/kernel';
import { fullJitterMs, type ResolvedBackoffOptions } from '../backoff.ts';
import type { CallResult } from '../call.ts';
import { RollingCount } from '../rolling-count.ts';
import type { ResolvedBreakerOptions } from './breaker-options.ts';
import type {
  BreakerState,
  BreakerTransition,
  BreakerWindow,
  Refusal,
  TransitionCause,
} from './breaker-state.ts';
import { openIntervalMs } from './open-interval.ts';
import { Permit } from './permit.ts';

interface Closed {
  readonly kind: 'closed';
  /** Shared by all calls until the state changes. */
  readonly permit: Permit;
  /** Failures to connect since the last call or dial that succeeded. */
  connectFailures: number;
}

interface OpenByRate {
  readonly kind: 'open';
  readonly cause: 'rate';
  readonly untilMs: number;
}

interface OpenByConnect {
  readonly kind: 'open';
  readonly cause: 'connect';
  untilMs: number;
  nextDialAtMs: number;
}

interface HalfOpen {
  readonly kind: 'half-open';
  /** The permits of trial calls under way, and when each is taken back. */
  readonly underWay: Map<Permit, number>;
  successes: number;
}

interface Isolated {
  readonly kind: 'isolated';
  readonly reason: string;
}

type State = Closed | OpenByRate | OpenByConnect | HalfOpen | Isolated;

const WINDOW_BUCKETS = 10;

/** Between background dials: a restarted server is found in milliseconds, a dead one dialled about eight times a second. */
const DIAL_BACKOFF: ResolvedBackoffOptions = { baseMs: 10, capMs: 250 };

/**
 * Stops calling a peer that fails, and finds out when it is well again. It opens in two ways, with a way back for each:
 *
 * - **By rate**: enough calls, and too large a share of them failed, or was slow. It stays open for an interval, a fifth longer
 *   each time that a trial fails, and then half-opens at the next call.
 * - **By connect**: connects failed one after the other. The owner dials in the background, at `nextDialAtMs` of the
 *   state and then as `onDialFailed` says; when a dial connects, the breaker half-opens at once.
 *
 * When one failure fulfils both, connect wins: a dial knows better than an interval when the peer is back. A half-open
 * breaker lets a few trial calls through. It closes when all have succeeded; the first that fails or is slow opens it
 * again, by connect when it could not connect and by rate when it could. It has no timer: time is what its callers say it is.
 */
export class Breaker {
  readonly #options: ResolvedBreakerOptions;
  readonly #rng: Rng;
  readonly #onTransition: ((transition: BreakerTransition) => void) | undefined;
  readonly #calls: RollingCount;
  readonly #failures: RollingCount;
  readonly #slow: RollingCount;
  readonly #settle = (permit: Permit, result: CallResult, nowMs: number, tookMs: number): void => {
    const state = this.#state;
    const isSlow = tookMs >= this.#options.slowCallMs;
    if (state.kind === 'closed' && state.permit === permit) this.#settleCall(state, result, isSlow, nowMs);
    else if (state.kind === 'half-open' && state.underWay.delete(permit))
      this.#settleTrial(state, result, isSlow, nowMs);
  };
  #state: State;
  /** Times that it opened by rate since it was last closed. */
  #intervals = 0;
  /** Background dials asked for since it was last closed. */
  #dials = 0;
  #lostPermits = 0;

  /** @param onTransition hears each change of state; it may call the breaker. */
  constructor(
    options: ResolvedBreakerOptions,
    rng: Rng,
    onTransition?: (transition: BreakerTransition) => void,
  ) {
    this.#options = options;
    this.#rng = rng;
    this.#onTransition = onTransition;
    this.#calls = new RollingCount(WINDOW_BUCKETS, options.windowMs / WINDOW_BUCKETS);
    this.#failures = new RollingCount(WINDOW_BUCKETS, options.windowMs / WINDOW_BUCKETS);
    this.#slow = new RollingCount(WINDOW_BUCKETS, options.windowMs / WINDOW_BUCKETS);
    this.#state = this.#closed();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Trial calls so far that were not settled within `permitTtlMs`, and whose permits were taken back. */
  get lostPermits(): number {
    return this.#lostPermits;
  }

  /** The calls of the last `windowMs` that count for the rates. Trial calls do not. */
  window(nowMs: number): BreakerWindow {
    return {
      calls: this.#calls.total(nowMs),
      failures: this.#failures.total(nowMs),
      slow: this.#slow.total(nowMs),
    };
  }

  /** Asks to make a call. Who gets a permit must settle it. */
  admit(nowMs: number): Permit | Refusal {
    const state = this.#state;
    if (state.kind === 'closed') return state.permit;
    if (state.kind === 'isolated') return { admitted: false, cause: 'isolated', retryAtMs: undefined };
    if (state.kind === 'half-open') return this.#admitTrial(state, nowMs);
    if (nowMs < state.untilMs) return { admitted: false, cause: state.cause, retryAtMs: state.untilMs };
    this.#enter(halfOpen(), 'interval-over', nowMs);
    // The listener may have taken permits or changed the state.
    return this.admit(nowMs);
  }

  /** A dial connected: the background dial, or any other. */
  onDialConnected(nowMs: number): void {
    const state = this.#state;
    if (state.kind === 'closed') state.connectFailures = 0;
    else if (state.kind === 'open' && state.cause === 'connect')
      this.#enter(halfOpen(), 'dial-connected', nowMs);
  }

  /** The background dial failed. Returns when to dial again; `undefined` when no dial is wanted any more. */
  onDialFailed(nowMs: number): number | undefined {
    const state = this.#state;
    if (state.kind !== 'open' || state.cause !== 'connect') return undefined;
    state.untilMs = nowMs + this.#options.maxOpenMs;
    state.nextDialAtMs = this.#nextDialAtMs(nowMs);
    return state.nextDialAtMs;
  }

  /**
   * The background dial could not be made, for a limit of our own: that says nothing about the peer, and the breaker
   * half-opens no later for it. Returns when to try again; `undefined` when no dial is wanted any more.
   */
  onDialNotMade(nowMs: number): number | undefined {
    const state = this.#state;
    if (state.kind !== 'open' || state.cause !== 'connect') return undefined;
    state.nextDialAtMs = this.#nextDialAtMs(nowMs);
    return state.nextDialAtMs;
  }

  /** Takes the peer out by hand, until `deIsolate`. */
  isolate(reason: string, nowMs: number): void {
    if (this.#state.kind !== 'isolated') this.#enter({ kind: 'isolated', reason }, 'isolate', nowMs);
  }

  /** Ends `isolate`: the breaker is closed, its window empty. */
  deIsolate(nowMs: number): void {
    if (this.#state.kind === 'isolated') this.#close('de-isolate', nowMs);
  }

  #settleCall(state: Closed, result: CallResult, isSlow: boolean, nowMs: number): void {
    if (result === 'not-a-call') return;
    this.#calls.add(nowMs);
    if (isSlow) this.#slow.add(nowMs);
    if (result === 'success') state.connectFailures = 0;
    else {
      this.#failures.add(nowMs);
      if (result === 'connect') state.connectFailures += 1;
    }
    const { connectFailures, failureRate, slowCallRate } = this.#options;
    if (state.connectFailures >= connectFailures) this.#openByConnect('connect', nowMs);
    else if (result !== 'success' && this.#isShare(this.#failures, failureRate, nowMs))
      this.#openByRate('rate', nowMs);
    else if (isSlow && this.#isShare(this.#slow, slowCallRate, nowMs)) this.#openByRate('slow', nowMs);
  }

  /** Whether there are calls enough, and `counted` are this share of them. */
  #isShare(counted: RollingCount, rate: number, nowMs: number): boolean {
    const calls = this.#calls.total(nowMs);
    return calls >= this.#options.minCalls && counted.total(nowMs) >= calls * rate;
  }

  /** Lets a trial call through while the trials under way and succeeded are fewer than the permits. */
  #admitTrial(state: HalfOpen, nowMs: number): Permit | Refusal {
    let nextExpiryMs = Infinity;
    for (const [permit, expiresAtMs] of state.underWay) {
      if (expiresAtMs <= nowMs) {
        state.underWay.delete(permit);
        this.#lostPermits += 1;
      } else nextExpiryMs = Math.min(nextExpiryMs, expiresAtMs);
    }
    if (state.underWay.size + state.successes >= this.#options.halfOpenPermits) {
      return { admitted: false, cause: 'no-permit', retryAtMs: nextExpiryMs };
    }
    const permit = new Permit(this.#settle);
    state.underWay.set(permit, nowMs + this.#options.permitTtlMs);
    return permit;
  }

  #settleTrial(state: HalfOpen, result: CallResult, isSlow: boolean, nowMs: number): void {
    switch (result) {
      case 'not-a-call':
        return;
      case 'connect':
        this.#openByConnect('trial-failed', nowMs);
        return;
      case 'other':
        this.#openByRate('trial-failed', nowMs);
        return;
      case 'success':
        // Closed by slow answers, it would open again as soon as the window is full.
        if (isSlow) {
          this.#openByRate('trial-slow', nowMs);
          return;
        }
        state.successes += 1;
        if (state.successes >= this.#options.halfOpenPermits) this.#close('trials-succeeded', nowMs);
    }
  }

  #openByRate(cause: TransitionCause, nowMs: number): void {
    const untilMs = nowMs + openIntervalMs(this.#intervals, this.#options, this.#rng);
    this.#intervals += 1;
    this.#enter({ kind: 'open', cause: 'rate', untilMs }, cause, nowMs);
  }

  #openByConnect(cause: TransitionCause, nowMs: number): void {
    const untilMs = nowMs + this.#options.maxOpenMs;
    this.#enter(
      { kind: 'open', cause: 'connect', untilMs, nextDialAtMs: this.#nextDialAtMs(nowMs) },
      cause,
      nowMs,
    );
  }

  #nextDialAtMs(nowMs: number): number {
    this.#dials += 1;
    return nowMs + fullJitterMs(this.#dials, DIAL_BACKOFF, this.#rng);
  }

  #close(cause: TransitionCause, nowMs: number): void {
    this.#intervals = 0;
    this.#dials = 0;
    this.#enter(this.#closed(), cause, nowMs);
  }

  #closed(): Closed {
    return { kind: 'closed', permit: new Permit(this.#settle), connectFailures: 0 };
  }

  /** The one place where the state changes: first the change, then the news. */
  #enter(next: State, cause: TransitionCause, nowMs: number): void {
    const from = this.#state.kind;
    const window = this.window(nowMs);
    this.#state = next;
    if (next.kind === 'closed') {
      this.#calls.reset();
      this.#failures.reset();
      this.#slow.reset();
    }
    this.#onTransition?.({ from, to: next.kind, cause, atMs: nowMs, window });
  }
}

function halfOpen(): HalfOpen {
  return { kind: 'half-open', underWay: new Map(), successes: 0 };
}
