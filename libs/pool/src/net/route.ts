import { lookup } from 'node:dns/promises';
import net, { type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import { addressDenied, guardedLookup, type AllowAddress } from './address-guard.ts';

/** First probe of an idle TCP connection; its interval and count follow the platform. */
const KEEP_ALIVE_DELAY_MS = 15_000;
/** The head start of each address over the next (RFC 8305 section 5, "Connection Attempt Delay"). */
const HAPPY_EYEBALLS_DELAY_MS = 250;

/** What Node is told to open a socket, secured or not. */
export type RouteOptions = Readonly<
  (net.TcpNetConnectOpts | (net.IpcNetConnectOpts & { host: string })) & { onread: OnReadOpts }
>;

/** The way to one origin: over TCP, or over a UNIX socket. */
export class Route {
  readonly host: string;
  readonly port: number;
  /** Of the UNIX socket, where it is one. */
  readonly path: string | undefined;
  readonly #allowAddress: AllowAddress | undefined;
  readonly #lookup: LookupFunction | undefined;

  /** @param allowAddress asked of every IP address before it is connected to; all are allowed without it. */
  constructor(url: URL, path: string | undefined, allowAddress: AllowAddress | undefined) {
    this.host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    this.port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    this.path = path;
    this.#allowAddress = allowAddress;
    this.#lookup = allowAddress && guardedLookup(allowAddress);
  }

  /** Why the way may not be taken, where that is known before a name is resolved: Node asks `lookup` of names only. */
  get denial(): Error | undefined {
    const { host } = this;
    if (this.path !== undefined || !this.#allowAddress || net.isIP(host) === 0) return undefined;
    return this.#allowAddress(host, host) ? undefined : addressDenied(host, [host]);
  }

  /** The addresses that the name has now, as a dial itself would resolve it; `undefined` where there is no name to resolve. */
  resolve(): Promise<readonly string[]> | undefined {
    return this.path === undefined && net.isIP(this.host) === 0 ? addressesOf(this.host) : undefined;
  }

  /** Sets what not every Node hands on from the options of a TLS socket to the one below. */
  tune(socket: Socket): void {
    if (this.path !== undefined) return;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  }

  options(onread: OnReadOpts): RouteOptions {
    const { host, port, path } = this;
    if (path !== undefined) return { path, host, onread };
    return {
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: HAPPY_EYEBALLS_DELAY_MS,
      onread,
      lookup: this.#lookup,
    };
  }
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
