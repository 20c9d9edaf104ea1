import net from 'node:net';
import type { Connector, Transport, TransportHandler } from '../transport.ts';
import type { Validation } from '../validation/tier.ts';
import { NetTransport } from './net-transport.ts';

/** First probe of an idle TCP connection; its interval and count follow the platform. */
const KEEP_ALIVE_DELAY_MS = 15_000;
/** The head start of each address over the next (RFC 8305 section 5, "Connection Attempt Delay"). */
const HAPPY_EYEBALLS_DELAY_MS = 250;

/** Dials TCP. */
export class NetConnector implements Connector {
  readonly #host: string;
  readonly #port: number;
  readonly #validation: Validation;

  constructor(host: string, port: number, validation: Validation) {
    this.#host = host;
    this.#port = port;
    this.#validation = validation;
  }

  dial(handler: TransportHandler): Transport {
    const transport = new NetTransport(handler, this.#validation);
    transport.attach(
      net.connect({
        host: this.#host,
        port: this.#port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: HAPPY_EYEBALLS_DELAY_MS,
        onread: transport.onread,
      }),
    );
    return transport;
  }
}
