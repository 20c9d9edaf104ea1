import net from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '#libs/kernel';
import type { Connector, Transport, TransportHandler } from '../transport.ts';
import type { Validation } from '../validation/tier.ts';
import type { Route } from './route.ts';
import { SessionCache } from './session-cache.ts';
import type { ResolvedTlsOptions } from './tls-options.ts';
import { TlsTransport } from './tls-transport.ts';

/** Dials with TLS. Its sessions serve one origin and one set of options. */
export class TlsConnector implements Connector {
  readonly #route: Route;
  readonly #tls: ResolvedTlsOptions;
  readonly #servername: string | undefined;
  readonly #validation: Validation;
  readonly #clock: Clock;
  readonly #sessions = new SessionCache();

  constructor(route: Route, tlsOptions: ResolvedTlsOptions, validation: Validation, clock: Clock) {
    this.#route = route;
    this.#tls = tlsOptions;
    // An address is no name to ask for, and a name goes without its last dot (RFC 6066 section 3).
    const name = net.isIP(route.host) === 0 ? route.host.replace(/\.$/, '') : undefined;
    this.#servername = tlsOptions.servername ?? name;
    this.#validation = validation;
    this.#clock = clock;
  }

  dial(handler: TransportHandler): Transport {
    const transport = new TlsTransport(handler, this.#validation, this.#clock, this.#sessions, this.#route);
    const { denial } = this.#route;
    if (denial) transport.attach(new net.Socket().destroy(denial));
    else transport.attachTls(this.#connect(transport));
    return transport;
  }

  resolve(): Promise<readonly string[]> | undefined {
    return this.#route.resolve();
  }

  #connect({ onread, session }: TlsTransport): TLSSocket {
    const { secureContext, ALPNProtocols, rejectUnauthorized } = this.#tls;
    const options = {
      ...this.#route.options(onread),
      secureContext,
      servername: this.#servername,
      session,
      // Node's type wants a mutable array and never writes to it.
      ALPNProtocols: [...ALPNProtocols],
      rejectUnauthorized,
    };
    const socket = process.getBuiltinModule('node:tls').connect(options);
    this.#route.tune(socket);
    return socket;
  }
}
