import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Alarm, type Clock } from '#libs/kernel';
import { addressText, parseAddress, resolveListen } from './address.ts';
import { ApiError, REFUSALS } from './api-error.ts';
import { drawsOf } from './draw.ts';
import type { HttpStrike, NumberedRequest } from './http/conversation.ts';
import { listenError } from './listen-error.ts';
import type { ProxyDocument, ProxySpec, ProxyTally } from './proxy-document.ts';
import { ProxiedConnection, type ConnectionOwner } from './proxied-connection.ts';
import { Toxic, type Direction, type ToxicChange, type ToxicParts } from './toxic.ts';

/** How long a dial to the upstream may take, in ms. */
const DIAL_MAX_MS = 30_000;

/** More clients than this at a time are not let in. */
const MAX_CONNECTIONS = 10_000;

const MAX_TOXICS = 100;

/** How long after it could not listen again a proxy that was down for a time tries anew. */
const WAKE_RETRY_MS = 1_000;

/** What a proxy needs of those around it. */
export interface ProxyContext {
  readonly clock: Clock;
  readonly seed: number;
  /** Runs `work` when no other change of a proxy is under way. */
  readonly change: (work: () => Promise<void>) => Promise<void>;
}

/** For how long a proxy is down, and until when; `ttlMs` is `undefined` and `untilMs` Infinity where that has no end. */
interface Downtime {
  readonly ttlMs: number | undefined;
  readonly untilMs: number;
}

const ENDLESS: Downtime = { ttlMs: undefined, untilMs: Infinity };

/**
 * One proxy: it listens, joins each client to the upstream, and lets its toxics meet them. The upstream may come and go:
 * a client for which it cannot be reached is closed, and the next is tried anew.
 */
export class FaultProxy {
  readonly name: string;
  readonly #context: ProxyContext;
  /** For what has a time to live. */
  readonly #alarm: Alarm;
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
  /** Of no meaning while it listens. */
  #downtime = ENDLESS;
  #connectionCount = 0;
  #requestCount = 0;
  #failedDials = 0;

  constructor({ name, listen, upstream }: ProxySpec, context: ProxyContext) {
    const { clock } = context;
    this.name = name;
    this.#listen = listen;
    this.#upstream = upstream;
    this.#context = context;
    this.#alarm = new Alarm(clock, (nowMs) => this.#expire(nowMs));
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
    const ttl = enabled ? undefined : this.#downtime.ttlMs;
    return { name, listen, upstream, enabled, toxics, ttl };
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
    this.#downtime = ENDLESS;
    const bound = server.address();
    if (typeof bound === 'object' && bound !== null)
      this.#listen = addressText({ host: bound.address, port: bound.port });
  }

  /**
   * Lets nobody in any more and closes every connection; the port is free at once. Its toxics stay.
   * @param ttlMs after which it listens again. Default: never
   */
  stop(ttlMs?: number): void {
    this.#close();
    this.#downtime = { ttlMs, untilMs: this.#context.clock.nowMs() + (ttlMs ?? Infinity) };
    this.#alarm.wakeBy(this.#downtime.untilMs);
  }

  #close(): void {
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

  /**
   * Becomes what is given; what it need not give up for that, connections included, it keeps.
   * @param ttlMs how long it is down for, where it is not enabled. Default: as long as it was to be, else for good
   */
  async update(
    spec: Pick<ProxySpec, 'listen' | 'upstream'>,
    enabled: boolean,
    ttlMs?: number,
  ): Promise<void> {
    const wasEnabled = this.isEnabled;
    if (await this.differsFrom(spec)) {
      this.#close();
      this.#listen = spec.listen;
      this.#upstream = spec.upstream;
    }
    if (enabled) await this.start();
    else if (wasEnabled || ttlMs !== undefined) this.stop(ttlMs);
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
    const { clock, seed } = this.#context;
    const toxic = new Toxic(parts, { seed, proxy: this.name }, clock.nowMs());
    this.#toxics[toxic.direction].push(toxic);
    for (const connection of this.#connections) connection.add(toxic);
    this.#alarm.wakeBy(toxic.expiresAtMs);
    return toxic;
  }

  updateToxic(toxic: Toxic, change: ToxicChange): void {
    toxic.update(change, this.#context.clock.nowMs());
    this.#alarm.wakeBy(toxic.expiresAtMs);
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

  /** Ends what has lived for its time. Returns when the next of it is due. */
  #expire(nowMs: number): number {
    for (const toxic of this.toxics) if (toxic.expiresAtMs <= nowMs) this.removeToxic(toxic);
    if (this.#downtime.untilMs <= nowMs) {
      this.#downtime = { ...this.#downtime, untilMs: nowMs + WAKE_RETRY_MS };
      // Where the port is taken by now, the next round tries again.
      this.#context.change(() => this.#wake()).catch(() => {});
    }
    return Math.min(this.#downtime.untilMs, ...this.toxics.map(({ expiresAtMs }) => expiresAtMs));
  }

  /** Listens again, unless somebody has decided otherwise meanwhile. */
  async #wake(): Promise<void> {
    if (this.#downtime.ttlMs !== undefined) await this.start();
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
    const deadline = this.#context.clock.setTimer(() => upstream.destroy(), DIAL_MAX_MS);
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
