import type { Clock, Timer } from '#libs/kernel';
import type { Transport } from '#libs/pool';
import { PassThroughTransport } from './pass-through-transport.ts';

/** A dial whose owner hears `delayMs` later that it has connected. A failure it hears at once. */
export class SlowDial extends PassThroughTransport {
  readonly #delayMs: number;
  readonly #clock: Clock;
  #connected: Timer | undefined;

  constructor(inner: Transport, delayMs: number, clock: Clock) {
    super(inner);
    this.#delayMs = delayMs;
    this.#clock = clock;
  }

  override onConnect(): void {
    this.#connected = this.#clock.setTimer(() => super.onConnect(), this.#delayMs);
  }

  protected override retire(): void {
    super.retire();
    this.#connected?.cancel();
  }
}
