import type { Clock, Timer } from '#libs/kernel';
import type { ProbeResult, Transport, TransportHandler } from '#libs/pool';

/**
 * A dial that comes to nothing. The failure comes with a timer and not in a microtask: a caller that dials again at once
 * must leave the event loop its turn, as it does with a real peer.
 */
export class FailedDial implements Transport {
  handler: TransportHandler;
  readonly bytesAccepted = 0;
  readonly isSending = false;
  readonly descriptor = undefined;
  readonly addresses = undefined;
  /** Set where it came as far as the handshake. */
  readonly tlsMs: number | undefined;
  readonly #failure: Timer;

  constructor(handler: TransportHandler, clock: Clock, error: Error, tlsMs?: number) {
    this.handler = handler;
    this.tlsMs = tlsMs;
    this.#failure = clock.setTimer(() => this.handler.onClose(error), 0);
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
    this.#failure.cancel();
  }

  reset(): void {
    this.#failure.cancel();
  }
}
