import { lookup } from 'node:dns';
import net, { type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import { tcpKernel } from '../native/tcp.ts';
import type { KeepAlive } from '../options.ts';
import type { TcpInfo } from '../peer-watch.ts';
import { addressDenied } from './address-guard.ts';
import { lookupOf, type NameSeams, type ResolveName } from './resolve-name.ts';

/** The head start of each address over the next (RFC 8305 section 5, "Connection Attempt Delay"). */
const HAPPY_EYEBALLS_DELAY_MS = 250;

/** What Node is told to open a socket, secured or not. */
export type RouteOptions = Readonly<
  (net.TcpNetConnectOpts | (net.IpcNetConnectOpts & { host: string })) & { onread: OnReadOpts }
>;

/** What the kernel is told so that it notices a peer that is gone. */
export interface TcpLimits {
  readonly keepAlive: KeepAlive | false;
  readonly tcpUserTimeoutMs: number;
}

/** The way to one origin: over TCP, or over a UNIX socket. */
export class Route {
  readonly host: string;
  readonly port: number;
  /** Of the UNIX socket, where it is one. */
  readonly path: string | undefined;
  readonly #limits: TcpLimits;
  readonly #name: NameSeams;
  readonly #lookup: LookupFunction | undefined;

  constructor(url: URL, path: string | undefined, name: NameSeams, limits: TcpLimits) {
    this.host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    this.port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    this.path = path;
    this.#limits = limits;
    this.#name = name;
    this.#lookup = lookupOf(name);
  }

  /** Why the way may not be taken, where that is known before a name is resolved: Node asks `lookup` of names only. */
  get denial(): Error | undefined {
    const { host } = this;
    const { allowAddress } = this.#name;
    if (this.path !== undefined || !allowAddress || net.isIP(host) === 0) return undefined;
    return allowAddress(host, host) ? undefined : addressDenied(host, [host]);
  }

  /** The addresses that the name has now, as a dial itself would resolve it; `undefined` where there is no name to resolve. */
  resolve(): Promise<readonly string[]> | undefined {
    if (this.path !== undefined || net.isIP(this.host) !== 0) return undefined;
    return addressesOf(this.host, this.#name.resolveName ?? lookup);
  }

  /**
   * Sets what not every Node hands on from the options of a TLS socket to the one below, and what options can't say. A Node
   * that takes no interval and count of keep-alive probes keeps libuv's: ten, a second apart.
   */
  tune(socket: Socket): void {
    if (this.path !== undefined) return;
    socket.setNoDelay(true);
    const { keepAlive } = this.#limits;
    if (keepAlive) socket.setKeepAlive(true, keepAlive.delayMs, keepAlive.intervalMs, keepAlive.count);
  }

  /** This one of several addresses could not be connected to. */
  onConnectFailed(address: string): void {
    this.#name.addressOrder?.onConnectFailed(address);
  }

  /** Tells the kernel about a connection that stands, and returns how to ask about it, where the machine can. */
  watch(fd: number): (() => TcpInfo | undefined) | undefined {
    const kernel = this.path === undefined ? tcpKernel() : undefined;
    if (!kernel) return undefined;
    kernel.setUserTimeout(fd, this.#limits.tcpUserTimeoutMs);
    return () => kernel.info(fd);
  }

  options(onread: OnReadOpts): RouteOptions {
    const { host, port, path } = this;
    if (path !== undefined) return { path, host, onread };
    return {
      host,
      port,
      noDelay: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: HAPPY_EYEBALLS_DELAY_MS,
      onread,
      lookup: this.#lookup,
    };
  }
}

async function addressesOf(host: string, resolveName: ResolveName): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    resolveName(host, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found.map(({ address }) => address));
    });
  });
}
