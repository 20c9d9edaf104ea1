import type { Buffer } from 'node:buffer';
import type { Clock } from '#libs/kernel';

/** What travels over a wire. */
export type Signal =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'fin' }
  | { readonly kind: 'reset' };

/**
 * One direction of a wire: what goes in comes out later and in order. While it is held nothing comes out, as when a
 * network drops every packet; when it is released everything does, as TCP sends again what was lost.
 */
export class Pipe {
  readonly #clock: Clock;
  readonly #latencyMs: () => number;
  readonly #deliver: (signal: Signal) => void;
  #underWay: Signal[] = [];
  #lastArrivalAtMs = 0;
  #isHeld = false;
  /** Signals whose time of arrival passed while the pipe was held. */
  #overdue = 0;

  constructor(clock: Clock, latencyMs: () => number, deliver: (signal: Signal) => void) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#deliver = deliver;
  }

  send(signal: Signal): void {
    const nowMs = this.#clock.nowMs();
    this.#underWay.push(signal);
    this.#lastArrivalAtMs = Math.max(this.#lastArrivalAtMs, nowMs + this.#latencyMs());
    this.#clock.setTimer(this.#onArrival, this.#lastArrivalAtMs - nowMs);
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    const arrived = this.#underWay.splice(0, this.#overdue);
    this.#overdue = 0;
    for (const signal of arrived) this.#deliver(signal);
  }

  /** Each timer lets the oldest signal out, and not its own: rounding of due times can't change the order. */
  readonly #onArrival = (): void => {
    if (this.#isHeld) {
      this.#overdue += 1;
      return;
    }
    const signal = this.#underWay.shift();
    if (signal) this.#deliver(signal);
  };
}
