import type { Clock, Timer } from '#libs/kernel';
import type { ProbeResult, Transport, TransportHandler } from '#libs/pool';
import { systemError } from './system-error.ts';

/**
 * A dial to a port where nobody listens. The refusal comes with a timer and not in a microtask: a caller that dials
 * again at once must leave the event loop its turn, as it does with a real peer.
 */
export class RefusedTransport implements Transport {
  handler: TransportHandler;
  readonly bytesAccepted = 0;
  readonly isSending = false;
  readonly descriptor = undefined;
  readonly addresses = undefined;
  readonly #refusal: Timer;

  constructor(handler: TransportHandler, clock: Clock) {
    this.handler = handler;
    this.#refusal = clock.setTimer(() => this.handler.onClose(systemError('connect', 'ECONNREFUSED')), 0);
  }

  write(): boolean {
    return false;
  }

  pause(): void {}

  resume(): void {}

  probe(): ProbeResult {
    return 'unknown';
  }

  end(): void {
    this.#refusal.cancel();
  }

  reset(): void {
    this.#refusal.cancel();
  }
}
