import { PoolerError, invalidArgument, systemClock, systemRng, type Clock, type Rng } from '#libs/kernel';
import { FaultPlan, PASS, VerdictDigest, type FaultedRequest, type Verdict } from '#libs/faults';
import { ConnectionLimit, type PoolRequest, type Response } from '#libs/pool';
import type { Propagator } from '#libs/records';
import { RetryBudget, isIdempotent } from '#libs/resilience';
import { BreakerHandle } from './breaker-handle.ts';
import { Call, type CallContext, type ClientLife } from './call.ts';
import type { OriginHealth } from './health.ts';
import {
  limitMs,
  resolveClientOptions,
  type ClientOptions,
  type ClientSeams,
  type FaultSource,
  type ResolvedClientOptions,
} from './options.ts';
import { Origin, type OriginStats } from './origin.ts';
import type { RequestOptions } from './request-options.ts';
import { UrlCache } from './url-cache.ts';
import { WaitingRoom } from './waiting-room.ts';
import { totalOf, type ClientStats } from './client-stats.ts';

/**
 * A resilient HTTP/1.1 client: a pool and a breaker for each origin, retries with a budget for all of them.
 *
 * @example
 * const client = new Client({ pool: { maxConnections: 32 }, retry: { attempts: 3 } });
 * const res = await client.request('http://127.0.0.1:8080/health');
 * console.log(res.statusCode, await res.body.text());
 * await client.close();
 */
export class Client {
  readonly #options: ResolvedClientOptions;
  readonly #seams: ClientSeams;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #budget: RetryBudget | undefined;
  readonly #limit: ConnectionLimit;
  readonly #faults: FaultSource | undefined;
  readonly #digest: VerdictDigest | undefined;
  readonly #propagator: Propagator | undefined;
  readonly #context: CallContext;
  readonly #origins = new Map<string, Origin>();
  readonly #urls = new UrlCache();
  /** Spans of time of its faults begin here. */
  readonly #madeAtMs: number;
  #nextRequestSeq = 0;
  #life: ClientLife = { name: 'open' };

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when an option is out of range. */
  constructor(options: ClientOptions = {}, seams: ClientSeams = {}) {
    this.#options = resolveClientOptions(options);
    this.#seams = seams;
    this.#clock = seams.clock ?? systemClock;
    this.#rng = seams.rng ?? systemRng;
    this.#madeAtMs = this.#clock.nowMs();
    this.#limit = new ConnectionLimit(this.#options.maxTotalConnections);
    const { budget } = this.#options.retry;
    this.#budget = budget ? new RetryBudget(budget, this.#clock.nowMs()) : undefined;
    const { faults } = options;
    if (faults && 'decide' in faults) this.#faults = faults;
    else if (faults) {
      this.#faults = new FaultPlan(faults.rules, faults.seed, faults.scenario);
      this.#digest = new VerdictDigest();
    }
    this.#propagator = options.propagator;
    this.#context = {
      clock: this.#clock,
      rng: this.#rng,
      retry: this.#options.retry,
      budget: this.#budget,
      faults: this.#faults,
      backoffRoom: new WaitingRoom(this.#clock),
      wallNowMs: seams.wallNowMs ?? Date.now,
      life: () => this.#life,
    };
  }

  /**
   * Sends a request, and again where that is safe and promises something. Resolves with the answer whatever its status.
   * Read or dump the body: its connection serves nobody else before.
   * @throws PoolerError with the code of what ended it; a bad argument is refused before anything is sent.
   */
  // Not async: the wrapper would cost three more turns of the microtask queue on every request.
  request(url: string | URL, options: RequestOptions = {}): Promise<Response> {
    try {
      return this.#begin(url, options).run();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #begin(url: string | URL, options: RequestOptions): Call {
    const { origin: originName, path } = this.#urls.parse(url);
    if (this.#life.name !== 'open') {
      const sentence = `${originName}: the client is ${this.#life.name} and takes no more requests`;
      throw new PoolerError('PLR_POOL_CLOSED', sentence, { phase: 'admission', origin: originName });
    }
    const { signal } = options;
    if (signal && !(signal instanceof AbortSignal)) throw invalidArgument('signal', signal, 'an AbortSignal');
    const origin = this.#originOf(originName);
    const nowMs = this.#clock.nowMs();
    const prepared = origin.pool.prepare(this.#poolRequest(path, options, nowMs));
    if (options.requestSeq !== undefined && !Number.isSafeInteger(options.requestSeq))
      throw invalidArgument('requestSeq', options.requestSeq, 'a whole number');
    // Refused above, it would not have counted; from here on it is a request.
    const requestSeq = options.requestSeq ?? this.#takeNumber();
    this.#budget?.onFirstAttempt(nowMs);
    const { method } = prepared;
    const faulted: FaultedRequest | undefined = this.#faults && {
      method,
      path,
      origin: originName,
      startMs: nowMs - this.#madeAtMs,
    };
    return new Call(
      origin,
      {
        path,
        prepared,
        signal,
        requestSeq,
        faulted,
        firstVerdict: this.#firstVerdict(requestSeq, options.requestSeq === undefined, faulted),
        awaitBody: options.awaitBody ?? false,
        waitForPermit: options.waitForPermit ?? false,
        trace: this.#propagator?.startTrace(),
        startedAtMs: nowMs,
        onInformational: options.onInformational,
        place: origin.pool.captureStacks ? new Error('the request was made') : undefined,
      },
      this.#context,
    );
  }

  /** Counts so far, in all and by origin. */
  stats(): ClientStats {
    const origins = new Map<string, OriginStats>();
    for (const [name, origin] of this.#origins) origins.set(name, origin.stats);
    return totalOf(origins, this.#budget?.withheld ?? 0);
  }

  /** How well each origin is, by its name. */
  health(): ReadonlyMap<string, OriginHealth> {
    return new Map([...this.#origins].map(([name, origin]) => [name, origin.health]));
  }

  /**
   * The breaker of an origin, known by any of its URLs, also before its first request. `undefined` where breakers are off,
   * and of an origin that a closed client never met.
   */
  breaker(url: string | URL): BreakerHandle | undefined {
    const { origin: name } = this.#urls.parse(url);
    const origin = this.#life.name === 'open' ? this.#originOf(name) : this.#origins.get(name);
    return origin?.breaker && new BreakerHandle(origin.breaker, this.#clock);
  }

  /**
   * The digest of the fault verdicts on the first attempts so far; `undefined` without rules of its own. Requests that the
   * caller has numbered are not in it, since they may come in any order: `digestOf` of `pooler/faults` tells what it will
   * be. Whoever decides as a `FaultSource` has a digest of their own.
   */
  faultDigest(): string | undefined {
    return this.#digest?.hex();
  }

  /**
   * Takes no more requests; resolves when those under way are done, retries and bodies included, and every connection
   * is closed. `destroy` cuts that short.
   */
  async close(): Promise<void> {
    if (this.#life.name === 'open') this.#life = { name: 'closed' };
    await Promise.all([...this.#origins.values()].map(async (origin) => origin.close()));
  }

  /** Ends everything now: requests fail with `PLR_POOL_CLOSED` and `error` as its cause. */
  async destroy(error?: Error): Promise<void> {
    if (this.#life.name === 'destroyed') return;
    this.#life = { name: 'destroyed', cause: error };
    this.#context.backoffRoom.close();
    await Promise.all([...this.#origins.values()].map(async (origin) => origin.destroy(error)));
  }

  #poolRequest(path: string, options: RequestOptions, nowMs: number): PoolRequest {
    const { method = 'GET', headers, body } = options;
    const deadlineMs =
      options.deadlineMs === undefined ? this.#options.deadlineMs : limitMs('deadlineMs', options.deadlineMs);
    const attemptTimeoutMs =
      options.attemptTimeoutMs === undefined
        ? this.#options.attemptTimeoutMs
        : limitMs('attemptTimeoutMs', options.attemptTimeoutMs);
    return {
      method,
      path,
      headers,
      body,
      idempotent: isIdempotent(method, headers, options.idempotent),
      attemptTimeoutMs,
      deadlineAtMs: nowMs + deadlineMs,
    };
  }

  #takeNumber(): number {
    const requestSeq = this.#nextRequestSeq;
    this.#nextRequestSeq += 1;
    return requestSeq;
  }

  #firstVerdict(requestSeq: number, isOwnNumber: boolean, request: FaultedRequest | undefined): Verdict {
    if (!this.#faults || !request || requestSeq < 0) return PASS;
    const verdict = this.#faults.decide(requestSeq, 1, request);
    if (isOwnNumber) this.#digest?.add(requestSeq, verdict);
    return verdict;
  }

  #originOf(name: string): Origin {
    const known = this.#origins.get(name);
    if (known) return known;
    const origin = new Origin(name, this.#options, {
      clock: this.#clock,
      rng: this.#rng,
      connector: this.#seams.connector,
      allowAddress: this.#seams.allowAddress,
      resolveName: this.#seams.resolveName,
      limit: this.#limit,
      afterPoll: this.#seams.afterPoll,
      warn: this.#seams.warn,
      hasFaults: this.#faults !== undefined,
    });
    this.#origins.set(name, origin);
    return origin;
  }
}
