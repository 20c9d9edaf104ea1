import net, { type LookupFunction, type Socket } from 'node:net';
import type { Connector, Transport, TransportHandler } from '../transport.ts';
import type { Validation } from '../validation/tier.ts';
import { addressDenied, guardedLookup, type AllowAddress } from './address-guard.ts';
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
  readonly #allowAddress: AllowAddress | undefined;
  readonly #lookup: LookupFunction | undefined;

  /** @param allowAddress asked of every address before it is connected to; all are allowed without it. */
  constructor(host: string, port: number, validation: Validation, allowAddress?: AllowAddress) {
    this.#host = host;
    this.#port = port;
    this.#validation = validation;
    this.#allowAddress = allowAddress;
    this.#lookup = allowAddress && guardedLookup(allowAddress);
  }

  dial(handler: TransportHandler): Transport {
    const transport = new NetTransport(handler, this.#validation);
    transport.attach(this.#connect(transport));
    return transport;
  }

  #connect(transport: NetTransport): Socket {
    const host = this.#host;
    // Node asks `lookup` of names only.
    if (this.#allowAddress && net.isIP(host) !== 0 && !this.#allowAddress(host, host)) {
      return new net.Socket().destroy(addressDenied(host, [host]));
    }
    return net.connect({
      host,
      port: this.#port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: HAPPY_EYEBALLS_DELAY_MS,
      onread: transport.onread,
      lookup: this.#lookup,
    });
  }
}
