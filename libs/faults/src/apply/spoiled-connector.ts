import type { Clock } from '#libs/kernel';
import type { Connector, Transport, TransportHandler } from '#libs/pool';
import { DIAL_KINDS, type DialVerdict, type Verdict } from '../verdict.ts';
import { FailedDial } from './failed-dial.ts';
import { SlowDial } from './slow-dial.ts';
import { handshakeError, systemError } from './system-error.ts';

/** Whether a verdict spoils a dial, and not the wire that comes of it. */
export function isDialVerdict(verdict: Verdict): verdict is DialVerdict {
  return Object.hasOwn(DIAL_KINDS, verdict.kind);
}

/** Dials through `inner` as a verdict wants it. */
export class SpoiledConnector implements Connector {
  readonly #inner: Connector;
  readonly #verdict: DialVerdict;
  readonly #clock: Clock;

  constructor(inner: Connector, verdict: DialVerdict, clock: Clock) {
    this.#inner = inner;
    this.#verdict = verdict;
    this.#clock = clock;
  }

  dial(handler: TransportHandler): Transport {
    const verdict = this.#verdict;
    switch (verdict.kind) {
      case 'connect-refused':
        return new FailedDial(handler, this.#clock, systemError('connect', 'ECONNREFUSED'));
      case 'dns':
        return new FailedDial(handler, this.#clock, systemError('getaddrinfo', 'ENOTFOUND'));
      case 'tls':
        return new FailedDial(handler, this.#clock, handshakeError(), 0);
      case 'connect-slow':
      case 'checkout-stall':
        return new SlowDial(this.#inner.dial(handler), verdict.delayMs, this.#clock);
    }
  }
}
