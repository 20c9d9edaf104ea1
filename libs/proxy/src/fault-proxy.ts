import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '#libs/kernel';
import { addressText, parseAddress, resolveListen } from './address.ts';
import { ApiError, REFUSALS } from './api-error.ts';
import { drawsOf } from './draw.ts';
import type { HttpStrike, NumberedRequest } from './http/conversation.ts';
import { ProxiedConnection, type ConnectionOwner } from './proxied-connection.ts';
import { Toxic, type Direction, type ToxicDocument, type ToxicParts } from './toxic.ts';

/** How long a dial to the upstream may take, in ms. */
const DIAL_MAX_MS = 30_000;

/** More clients than this at a time are not let in. */
const MAX_CONNECTIONS = 10_000;

const MAX_TOXICS = 100;

/** A proxy as JSON shows it, in Toxiproxy's form. */
export interface ProxyDocument {
  readonly name: string;
  /** Where it listens; as it was given as long as it never has. */
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly ToxicDocument[];
}

/** What a proxy is to be. */
export interface ProxySpec {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
}

/** What a proxy counts. */
export interface ProxyTally {
  readonly connections: number;
  readonly openConnections: number;
  readonly failedDials: number;
  readonly requests: number;
  readonly receivedBytes: Readonly<Record<Direction, number>>;
  readonly sentBytes: Readonly<Record<Direction, number>>;
}

/**
 * One proxy: it listens, joins each client to the upstream, and lets its toxics meet them. The upstream may come and go:
 * a client for which it cannot be reached is closed, and the next is tried anew.
 */
export class FaultProxy {
  readonly name: string;
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #connections = new Set<ProxiedConnection>();
  /** Clients whose upstream is being dialled. */
  readonly #dialling = new Set<Socket>();
  readonly #toxics: Record<Direction, Toxic[]> = { upstream: [], downstream: [] };
  readonly #owner: ConnectionOwner;
  readonly #receivedBytes: Record<Direction, number> = { upstream: 0, downstream: 0 };
  readonly #sentBytes: Record<Direction, number> = { upstream: 0, downstream: 0 };
  #listen: string;
  #upstream: string;
  #server: Server | undefined;
  #connectionCount = 0;
  #requestCount = 0;
  #failedDials = 0;

  constructor({ name, listen, upstream }: ProxySpec, { clock, seed }: { clock: Clock; seed: number }) {
    this.name = name;
    this.#listen = listen;
    this.#upstream = upstream;
    this.#clock = clock;
    this.#seed = seed;
    this.#owner = {
      clock,
      judge: (direction, request) => this.#judge(direction, request),
      nextRequestNumber: () => this.#requestCount++,
      onReceived: (direction, count) => {
        this.#receivedBytes[direction] += count;
      },
      onSent: (direction, count) => {
        this.#sentBytes[direction] += count;
      },
      onGone: (connection) => this.#connections.delete(connection),
    };
  }

  get listen(): string {
    return this.#listen;
  }

  get upstream(): string {
    return this.#upstream;
  }

  get isEnabled(): boolean {
    return this.#server !== undefined;
  }

  /** Those of the upstream direction first. */
  get toxics(): readonly Toxic[] {
    return [...this.#toxics.upstream, ...this.#toxics.downstream];
  }

  tally(): ProxyTally {
    return {
      connections: this.#connectionCount,
      openConnections: this.#connections.size,
      failedDials: this.#failedDials,
      requests: this.#requestCount,
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
    };
  }

  document(): ProxyDocument {
    const toxics = this.toxics.map((toxic) => toxic.document());
    const { name, listen, upstream, isEnabled: enabled } = this;
    return { name, listen, upstream, enabled, toxics };
  }

  /**
   * Listens, if it does not yet.
   * @throws ApiError 500 in Toxiproxy's words when it cannot
   */
  async start(): Promise<void> {
    if (this.#server) return;
    const address = await resolveListen(this.#listen, 'listen tcp: ');
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      this.#accept(client);
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.listen({ host: address.host || undefined, port: address.port });
    try {
      await once(server, 'listening');
    } catch (error) {
      throw listenError(addressText(address), error);
    }
    // An accept that fails for want of descriptors loses one client, not the proxy.
    server.on('error', () => {});
    this.#server = server;
    const bound = server.address();
    if (typeof bound === 'object' && bound !== null)
      this.#listen = addressText({ host: bound.address, port: bound.port });
  }

  /** Lets nobody in any more and closes every connection; the port is free at once. Its toxics stay. */
  stop(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const client of this.#dialling) client.destroy();
    for (const connection of this.#connections) connection.close();
  }

  /** Whether it would have to listen or dial elsewhere. @throws ApiError 500 when `listen` is no address */
  async differsFrom({ listen, upstream }: Pick<ProxySpec, 'listen' | 'upstream'>): Promise<boolean> {
    const { host, port } = await resolveListen(listen);
    const resolved = addressText({ host: host === '' ? '::' : host, port });
    return upstream !== this.#upstream || (listen !== this.#listen && resolved !== this.#listen);
  }

  /** Becomes what is given; what it need not give up for that, connections included, it keeps. */
  async update(spec: Pick<ProxySpec, 'listen' | 'upstream'>, enabled: boolean): Promise<void> {
    if (await this.differsFrom(spec)) {
      this.stop();
      this.#listen = spec.listen;
      this.#upstream = spec.upstream;
    }
    if (enabled) await this.start();
    else this.stop();
  }

  /** @throws ApiError 404 */
  toxic(name: string): Toxic {
    const found = this.toxics.find((toxic) => toxic.name === name);
    if (!found) throw REFUSALS.toxicNotFound();
    return found;
  }

  /** @throws ApiError 409 when there is one of this name */
  addToxic(parts: ToxicParts): Toxic {
    if (this.toxics.some(({ name }) => name === parts.name)) throw REFUSALS.toxicExists();
    if (this.toxics.length >= MAX_TOXICS) throw new ApiError(400, `a proxy has at most ${MAX_TOXICS} toxics`);
    const toxic = new Toxic(parts, { seed: this.#seed, proxy: this.name });
    this.#toxics[toxic.direction].push(toxic);
    for (const connection of this.#connections) connection.add(toxic);
    return toxic;
  }

  updateToxic(toxic: Toxic, toxicity: number | undefined, attributes: object): void {
    toxic.update(toxicity, attributes);
    for (const connection of this.#connections) connection.restart(toxic);
  }

  removeToxic(toxic: Toxic): void {
    const toxics = this.#toxics[toxic.direction];
    toxics.splice(toxics.indexOf(toxic), 1);
    for (const connection of this.#connections) connection.remove(toxic);
  }

  /** Back to health: it listens and has no toxics. */
  async reset(): Promise<void> {
    await this.start();
    for (const toxic of this.toxics) this.removeToxic(toxic);
  }

  #accept(client: Socket): void {
    const number = this.#connectionCount;
    this.#connectionCount += 1;
    const address = parseAddress(this.#upstream);
    // Until it is joined, how a client fails is nobody's business.
    client.on('error', () => {});
    if (!address) {
      this.#failedDials += 1;
      client.destroy();
      return;
    }
    const { host, port } = address;
    const upstream = connect({ host: host || 'localhost', port, allowHalfOpen: true, noDelay: true });
    const deadline = this.#clock.setTimer(() => upstream.destroy(), DIAL_MAX_MS);
    const onDialled = (): void => {
      deadline.cancel();
      this.#dialling.delete(client);
    };
    let wasReset = false;
    const onFailed = (): void => {
      onDialled();
      this.#failedDials += 1;
      // The upstream accepted and took it back at once.
      if (wasReset && !client.destroyed) client.resetAndDestroy();
      else client.destroy();
    };
    this.#dialling.add(client);
    client.once('close', () => {
      if (upstream.connecting) upstream.destroy();
    });
    upstream.on('error', (error) => {
      wasReset = 'code' in error && error.code === 'ECONNRESET';
    });
    upstream.once('close', onFailed);
    upstream.once('connect', () => {
      onDialled();
      upstream.off('close', onFailed);
      if (client.destroyed) upstream.destroy();
      else this.#join(number, client, upstream);
    });
  }

  #join(number: number, client: Socket, upstream: Socket): void {
    const connection = new ProxiedConnection(number, { client, upstream }, this.#owner);
    this.#connections.add(connection);
    const { toxics } = this;
    if (toxics.some(({ configured }) => configured.scope === 'request')) connection.listenToHttp(true);
    for (const toxic of toxics) connection.add(toxic);
  }

  #judge(direction: Direction, request: NumberedRequest): readonly HttpStrike[] {
    const strikes: HttpStrike[] = [];
    for (const toxic of this.#toxics[direction]) {
      const { configured, key, name } = toxic;
      if (configured.scope !== 'request' || !configured.matches(request) || !toxic.meet(request.number))
        continue;
      const verdict = configured.decide(drawsOf(key, request.number));
      strikes.push({ toxic: name, verdict });
      if (verdict.kind !== 'delay') break;
    }
    return strikes;
  }
}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
};

function listenError(address: string, error: unknown): ApiError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new ApiError(500, `listen tcp ${address}: bind: ${LISTEN_REASONS[code] ?? code}`);
}
