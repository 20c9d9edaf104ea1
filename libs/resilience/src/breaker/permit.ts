import type { CallResult, FailureKind } from '../call.ts';

/** Hears how the call of a permit went. */
export type SettlePermit = (permit: Permit, result: CallResult, nowMs: number, tookMs: number) => void;

/**
 * The right to make one call. It is settled exactly once, by one of its three methods. Of a closed breaker all calls
 * share one permit, so that admission allocates nothing; a half-open one gives each trial call its own. When the breaker
 * has changed its state meanwhile, settling does nothing: a call says nothing about a state that it did not start in.
 */
export class Permit {
  readonly admitted = true;
  readonly #settle: SettlePermit;

  constructor(settle: SettlePermit) {
    this.#settle = settle;
  }

  /** @param tookMs from the checkout of a connection to the answer; for the share of slow calls */
  success(nowMs: number, tookMs = 0): void {
    this.#settle(this, 'success', nowMs, tookMs);
  }

  failure(nowMs: number, kind: FailureKind, tookMs = 0): void {
    this.#settle(this, kind, nowMs, tookMs);
  }

  /** There was no call after all: an abort, or a limit of our own. A trial's permit may be given to another. */
  forget(nowMs: number): void {
    this.#settle(this, 'not-a-call', nowMs, 0);
  }
}
