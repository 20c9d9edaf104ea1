import { invalidArgument, systemClock, systemRng, type Clock, type PoolCounts, type Rng } from '#libs/kernel';
import { RequestSerializer } from '#libs/http1';
import { ActiveProber } from './active-prober.ts';
import { Broker } from './broker.ts';
import type { DialListener } from './dialler.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { connectorTo } from './net/connector-to.ts';
import type { NameSeams } from './net/resolve-name.ts';
import { checkPoolOptions, type PoolOptions } from './options.ts';
import type { ExchangeRequest } from './exchange.ts';
import type { LeaseLimit } from './lease-limit.ts';
import { PendingResponse, type ExchangeExtras } from './pending-response.ts';
import { peerDetection, type PeerDetection } from './peer-watch.ts';
import { prepare, type PoolRequest } from './request.ts';
import type { RequestStream } from './request-stream.ts';
import type { Response } from './response/response.ts';
import type { Connector } from './transport.ts';
import { selectValidation, type ValidationTier } from './validation/tier.ts';

/** What a pool needs of the world. Tests and faults bring their own. */
export interface PoolSeams extends NameSeams {
  readonly clock?: Clock | undefined;
  readonly rng?: Rng | undefined;
  /** Wraps or replaces the connector that dials the origin. */
  readonly connector?: ((origin: Connector) => Connector) | undefined;
  /** Calls back once the event loop has polled, so that what the kernel knows has become an event. For `turn`. */
  readonly afterPoll?: ((callback: () => void) => void) | undefined;
  /** Tells whoever runs the process of a leak. Default `process.emitWarning`. */
  readonly warn?: ((sentence: string) => void) | undefined;
  /** Shared with other pools: connections that they may have together. */
  readonly limit?: ConnectionLimit | undefined;
  /** How many connections may be lent at once, from `maxConnections` down; all of them without it. */
  readonly leaseLimit?: LeaseLimit | undefined;
}

/** A pool at one moment. */
export interface PoolStats extends PoolCounts {
  /** Dials under way. */
  readonly dialing: number;
  /** How connections are checked at checkout here: the wanted tier, or the next one that this machine can do. */
  readonly validation: ValidationTier;
  /** How peers are found here that the network no longer reaches. */
  readonly peerDetection: PeerDetection;
  /** Connections made so far. */
  readonly opened: number;
  /** Dials that came to nothing. */
  readonly dialsFailed: number;
  /** Idle connections that a check found dead, so that no request met them. */
  readonly probesDead: number;
  /** Requests of the pool's own that were to prove a connection idle for long (option `activeProbe`). */
  readonly activeProbes: number;
  /** Those of them after which the connection was closed. */
  readonly activeProbesFailed: number;
  /** How long a connection may be idle by experience with this peer; `undefined` for no experience. */
  readonly learnedIdleLimitMs: number | undefined;
  /** Responses whose bodies nobody read or dumped, while they held a connection. */
  readonly bodiesLeaked: number;
}

/**
 * The connections to one origin. Transport only: no retry and no breaker, which are the `Client`'s.
 *
 * @example
 * const pool = new Pool('http://127.0.0.1:8080', { maxConnections: 8 });
 * const { statusCode, body } = await pool.request({ path: '/health' });
 */
export class Pool {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Whether requests remember where they were made. */
  readonly captureStacks: boolean;
  readonly #broker: Broker;
  readonly #serializer: RequestSerializer;
  readonly #validation: ValidationTier;
  readonly #peerDetection: PeerDetection;
  readonly #prober: ActiveProber | undefined;

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` for a bad origin or option, or more connections than descriptors. */
  constructor(origin: string, options: PoolOptions = {}, seams: PoolSeams = {}) {
    const url = originUrl(origin);
    const resolved = checkPoolOptions(options);
    const validation = selectValidation(resolved.validate);
    const clock = seams.clock ?? systemClock;
    const net = connectorTo(url, resolved, validation, clock, seams);
    this.origin = url.origin;
    this.captureStacks = resolved.captureStacks;
    this.#validation = validation.tier;
    this.#peerDetection = peerDetection(resolved);
    this.#serializer = new RequestSerializer(url.host);
    if (resolved.activeProbe) {
      const { method, path, timeoutMs } = resolved.activeProbe;
      const request = this.prepare({ method, path, attemptTimeoutMs: timeoutMs });
      this.#prober = new ActiveProber(url.origin, resolved.activeProbe, request);
    }
    this.#broker = new Broker(url.origin, resolved, {
      connector: seams.connector ? seams.connector(net) : net,
      clock,
      rng: seams.rng ?? systemRng,
      afterPoll: seams.afterPoll ?? afterPoll,
      areQuiet: validation.areQuiet,
      prober: this.#prober,
      limit: seams.limit,
      leaseLimit: seams.leaseLimit,
      warn: seams.warn,
    });
  }

  /**
   * Sends one request and resolves with the head of its response. Read or dump the body: its connection serves nobody
   * else before.
   * @throws PoolerError with the code of what went wrong; a bad request is refused before anything is sent.
   */
  // Not async: the wrapper would cost three more turns of the microtask queue on every request.
  request(request: PoolRequest): Promise<Response> {
    try {
      const { signal, onInformational } = request;
      const place = this.captureStacks ? new Error('the request was made') : undefined;
      const prepared = this.prepare(request);
      const { response } = this.begin(prepared, { signal, place, onInformational });
      return prepared.stream ? closedOnFailure(response, prepared.stream) : response;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Checks a request and turns it into bytes, for `begin`. Throws `PLR_INVALID_ARGUMENT`. For the client. */
  prepare(request: PoolRequest): ExchangeRequest {
    return prepare(request, this.#serializer);
  }

  /** Sends a prepared request, once more each time. Gives the exchange too, whose facts fill as it runs. */
  begin(request: ExchangeRequest, extras: ExchangeExtras = {}): PendingResponse {
    return new PendingResponse(this.#broker, request, extras);
  }

  /**
   * Ends the wait of every request that has no connection yet, with `PLR_CIRCUIT_OPEN`. Those that a connection carries go
   * on. For breakers: an open one lets nobody queue.
   */
  recall(why: string): void {
    this.#broker.recall(why);
  }

  /** Dials once although nobody waits; the connection joins the idle ones. For breakers. */
  dialProbe(listener: DialListener): void {
    this.#broker.dialProbe(listener);
  }

  /** Requests that it takes at once: those that connections carry, and those that wait for one. */
  get capacity(): number {
    return this.#broker.capacity;
  }

  /** The `leaseLimit` has grown: whoever waits for that has a turn. */
  onLeaseLimitRaised(): void {
    this.#broker.onLeaseLimitRaised();
  }

  /** Sends nothing more to this address: idle connections to it are closed, those in use when their request is over. */
  retireAddress(address: string): void {
    this.#broker.retireAddress(address);
  }

  /** Its counts at this moment. */
  stats(): PoolStats {
    const { counts, supply, tally, probesDead, learnedIdleLimitMs, bodiesLeaked } = this.#broker;
    return {
      ...counts,
      dialing: supply,
      validation: this.#validation,
      peerDetection: this.#peerDetection,
      opened: tally.opened,
      dialsFailed: tally.dialsFailed,
      probesDead,
      activeProbes: this.#prober?.sent ?? 0,
      activeProbesFailed: this.#prober?.failed ?? 0,
      learnedIdleLimitMs: learnedIdleLimitMs === Infinity ? undefined : learnedIdleLimitMs,
      bodiesLeaked,
    };
  }

  /** Takes no more requests; resolves when those it has are done and every connection is closed. */
  async close(): Promise<void> {
    await this.#broker.drain();
  }

  /** Cuts every connection; requests fail with `PLR_POOL_CLOSED` and `error` as its cause. */
  async destroy(error?: Error): Promise<void> {
    this.#broker.destroy(error);
  }
}

/** A body that was never begun is nobody's when its request fails. */
async function closedOnFailure(response: Promise<Response>, stream: RequestStream): Promise<Response> {
  try {
    return await response;
  } catch (error) {
    stream.close();
    throw error;
  }
}

function originUrl(origin: string): URL {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const isBare = url?.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if ((url?.protocol === 'http:' || url?.protocol === 'https:') && isBare) return url;
  throw invalidArgument(
    'origin',
    origin,
    'an http: or https: URL of scheme, host and port only, like http://127.0.0.1:8080',
  );
}

/**
 * An immediate set while the loop polls runs in the same iteration, before the next poll; the second one runs after it.
 */
function afterPoll(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}
