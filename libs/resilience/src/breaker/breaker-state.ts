/** Where a breaker stands, as others see it. */
export type BreakerState =
  /** Every call is let through. */
  | { readonly kind: 'closed' }
  /** Too many calls failed or were slow. None is let through before `untilMs`. */
  | { readonly kind: 'open'; readonly cause: 'rate'; readonly untilMs: number }
  /**
   * The peer could not be reached. The owner dials at `nextDialAtMs`, and none is let through before a dial connects;
   * or before `untilMs`, should the owner report no dial until then.
   */
  | {
      readonly kind: 'open';
      readonly cause: 'connect';
      readonly untilMs: number;
      readonly nextDialAtMs: number;
    }
  /** Trial calls decide. */
  | { readonly kind: 'half-open'; readonly successes: number }
  /** Taken out by hand. */
  | { readonly kind: 'isolated'; readonly reason: string };

export type TransitionCause =
  /** Too large a share of the calls failed: open. */
  | 'rate'
  /** Too large a share of the calls was slow: open. */
  | 'slow'
  /** Too many connects failed one after the other: open. */
  | 'connect'
  /** A trial call failed: open again. */
  | 'trial-failed'
  /** A trial call succeeded, but slowly: open again. */
  | 'trial-slow'
  /** The open interval is over: half-open. */
  | 'interval-over'
  /** The background dial connected: half-open. */
  | 'dial-connected'
  /** All trial calls succeeded: closed. */
  | 'trials-succeeded'
  /** A hand took the origin out. */
  | 'isolate'
  /** A hand took it back: closed. */
  | 'de-isolate';

/** One change of state, told after it has happened. */
export interface BreakerTransition {
  readonly from: BreakerState['kind'];
  readonly to: BreakerState['kind'];
  readonly cause: TransitionCause;
  readonly atMs: number;
  /** The calls of the window when it happened. */
  readonly window: BreakerWindow;
}

export interface BreakerWindow {
  /** Attempts that had an end. */
  readonly calls: number;
  /** Those of them that failed. */
  readonly failures: number;
  /** Those that took `slowCallMs` or longer, failed ones included. */
  readonly slow: number;
}

/** A call that is not let through. */
export interface Refusal {
  readonly admitted: false;
  /** `rate` and `connect`: open. `no-permit`: half-open, and every trial call is under way. */
  readonly cause: 'rate' | 'connect' | 'no-permit' | 'isolated';
  /**
   * When asking again may be answered otherwise, even if no transition is told and no permit forgotten before.
   * `undefined` when only a hand can change it.
   */
  readonly retryAtMs: number | undefined;
}
