import net, { type Socket } from 'node:net';
import type { Clock } from '#libs/kernel';
import type { Connector, Transport, TransportHandler } from '../transport.ts';
import type { Validation } from '../validation/tier.ts';
import { NetTransport } from './net-transport.ts';
import type { Route } from './route.ts';

/** Dials without TLS. */
export class NetConnector implements Connector {
  readonly #route: Route;
  readonly #validation: Validation;
  readonly #clock: Clock;

  constructor(route: Route, validation: Validation, clock: Clock) {
    this.#route = route;
    this.#validation = validation;
    this.#clock = clock;
  }

  dial(handler: TransportHandler): Transport {
    const transport = new NetTransport(handler, this.#validation, this.#clock, this.#route);
    transport.attach(this.#connect(transport));
    return transport;
  }

  resolve(): Promise<readonly string[]> | undefined {
    return this.#route.resolve();
  }

  #connect({ onread }: NetTransport): Socket {
    const { denial } = this.#route;
    if (denial) return new net.Socket().destroy(denial);
    const socket = net.connect(this.#route.options(onread));
    this.#route.tune(socket);
    return socket;
  }
}
