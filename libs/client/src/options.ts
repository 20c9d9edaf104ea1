import { invalidArgument, refuseUnknownOptions, wholeOption, type Clock, type Rng } from '#libs/kernel';
import type { FaultRule, FaultedRequest, Verdict } from '#libs/faults';
import type { Propagator } from '#libs/records';
import {
  checkFitsFdLimit,
  checkPoolOptions,
  mostConnections,
  type AllowAddress,
  type Connector,
  type PoolOptions,
  type PoolSeams,
  type ResolveName,
} from '#libs/pool';
import {
  resolveAdaptiveOptions,
  resolveBreakerOptions,
  resolveRetryOptions,
  type AdaptiveOptions,
  type BreakerOptions,
  type ResolvedAdaptiveOptions,
  type ResolvedBreakerOptions,
  type ResolvedRetryOptions,
  type RetryOptions,
} from '#libs/resilience';

/** Failures that the client makes itself, drawn from a seed: see `pooler/faults`. */
export interface FaultOptions {
  /** Asked in their order; the first that strikes wins. `parseFaultSpec` makes them of a text. */
  readonly rules: readonly FaultRule[];
  /** An integer from 0 to 2^53 − 1. The same rules and seed give the same verdicts. */
  readonly seed: number;
  /** Tells apart scenarios that shall draw differently. Default: the empty text. */
  readonly scenario?: string | undefined;
}

/**
 * Says which failure each attempt meets, for callers who know more than rules can say: a campaign's faults have windows
 * of time. Asked about a request's first attempt when the request is numbered, about every other when it begins. Must
 * not throw.
 */
export interface FaultSource {
  /**
   * @param requestSeq the request's number, from 0; those below 0 meet no failure and are not asked about
   * @param attempt from 1; re-sends count
   * @param request what is known of it
   */
  decide(requestSeq: number, attempt: number, request: FaultedRequest): Verdict;
  /** Whether `decideOnConnection` is to be asked. Left out: no. */
  readonly asksConnections?: boolean | undefined;
  /**
   * What an attempt meets on the connection that it got, where `decide` let it pass: nothing that is a matter of dials, of
   * checkouts or of all connections.
   *
   * @param connectionId counts the connections of the origin's pool, from 1
   */
  decideOnConnection?(connectionId: number, requestSeq: number, request: FaultedRequest): Verdict;
}

/** What can be set of a client. All times in milliseconds. */
export interface ClientOptions {
  /** Stands in its records, so that a listener can tell the clients of a process apart. Default none. Source: our choice. */
  readonly name?: string | undefined;
  /** Of each origin's pool: [pool.md](pool.md). Default as there. Source: there. */
  readonly pool?: PoolOptions | undefined;
  /**
   * Connections to all origins together: where it is reached, the one idle longest makes room. Default 256, or the pool's
   * `maxConnections` if that is more, or what RLIMIT_NOFILE allows if that is less; range 1 to 1,000,000. Source: our
   * choice; OkHttp has 64 requests in all, Apache's HttpClient 25 connections.
   */
  readonly maxTotalConnections?: number | undefined;
  /**
   * When a request is sent again: [resilience.md](resilience.md); `false` leaves only the free re-send after a stale
   * connection. Default on. Source: there.
   */
  readonly retry?: RetryOptions | false | undefined;
  /** Of each origin's breaker: [resilience.md](resilience.md); `false` for none. Default on. Source: there. */
  readonly breaker?: BreakerOptions | false | undefined;
  /**
   * How many connections of an origin are in use at once, found by how fast it answers
   * ([resilience.md](resilience.md#the-adaptive-limit)); the pool's `maxConnections` bounds it. `true` for the defaults.
   * Default `false`, all of them. Source: there.
   */
  readonly adaptive?: AdaptiveOptions | boolean | undefined;
  /**
   * For each attempt, from its connection to its last byte. Default no limit; range 1 to 86,400,000. Source: our choice,
   * for only the caller knows; the pool's own timeouts bound each step.
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * For each request in all, retries and body included. Default no limit; range 1 to 86,400,000. Source: our choice, for
   * only the caller knows.
   */
  readonly deadlineMs?: number | undefined;
  /**
   * Failures of its own making: rules that it draws by itself ([faults.md](faults.md)), or somebody else who decides. Default
   * none. Source: our choice.
   */
  readonly faults?: FaultOptions | FaultSource | undefined;
  /**
   * Gives each attempt its `traceparent` (W3C Trace Context); a caller's own field of that name stands. Default none is
   * sent. Source: our choice, for the client knows no tracing.
   */
  readonly propagator?: Propagator | undefined;
}

/** What a client needs of the world. Tests bring their own. */
export interface ClientSeams {
  /** Time and timers. Default the system's. */
  readonly clock?: Clock | undefined;
  /** Chance, for jitter. Default `Math.random`. */
  readonly rng?: Rng | undefined;
  /** Wraps or replaces the connector that dials an origin. */
  readonly connector?: ((origin: Connector) => Connector) | undefined;
  /** Asked of every address after DNS and before the connect, at every dial. All are allowed without it. */
  readonly allowAddress?: AllowAddress | undefined;
  /** Resolves names, at every dial and every `dnsRefreshMs`. Default `dns.lookup`. */
  readonly resolveName?: ResolveName | undefined;
  /** Calls back once the event loop has polled; see `PoolSeams`. */
  readonly afterPoll?: PoolSeams['afterPoll'];
  /** Tells whoever runs the process of a leak. Default `process.emitWarning`. */
  readonly warn?: PoolSeams['warn'];
  /** The time of day, to read a Retry-After date. Default `Date.now`. */
  readonly wallNowMs?: (() => number) | undefined;
}

export interface ResolvedClientOptions {
  readonly name: string | undefined;
  readonly pool: PoolOptions;
  readonly maxTotalConnections: number;
  readonly retry: ResolvedRetryOptions;
  readonly breaker: ResolvedBreakerOptions | undefined;
  readonly adaptive: ResolvedAdaptiveOptions | undefined;
  readonly attemptTimeoutMs: number;
  readonly deadlineMs: number;
}

/** Checks the options and fills in the defaults. Throws `PLR_INVALID_ARGUMENT`. */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  const retry = options.retry === false ? { attempts: 1 } : options.retry;
  const { pool = {}, name } = options;
  if (name !== undefined && typeof name !== 'string') throw invalidArgument('name', name, 'a text');
  const { maxConnections } = checkPoolOptions(pool);
  checkFaults(options.faults);
  const resolved = {
    name,
    pool,
    maxTotalConnections: maxTotalOf(options.maxTotalConnections, maxConnections),
    retry: resolveRetryOptions(retry),
    breaker: options.breaker === false ? undefined : resolveBreakerOptions(options.breaker),
    adaptive: adaptiveOf(options.adaptive ?? false, maxConnections),
    attemptTimeoutMs: limitMs('attemptTimeoutMs', options.attemptTimeoutMs),
    deadlineMs: limitMs('deadlineMs', options.deadlineMs),
  };
  refuseUnknownOptions('client', options, {
    ...resolved,
    faults: options.faults,
    propagator: options.propagator,
  });
  return resolved;
}

/** A limit in milliseconds that may be left out. */
export function limitMs(field: string, value: number | undefined): number {
  if (value === undefined) return Infinity;
  if (Number.isFinite(value) && value >= 1 && value <= 86_400_000) return value;
  throw invalidArgument(field, value, 'a number of milliseconds from 1 to 86400000');
}

function adaptiveOf(
  adaptive: AdaptiveOptions | boolean,
  maxConnections: number,
): ResolvedAdaptiveOptions | undefined {
  if (adaptive === false) return undefined;
  if (adaptive === true) return resolveAdaptiveOptions({}, maxConnections);
  const isObject = typeof adaptive === 'object' && adaptive !== null;
  if (!isObject) throw invalidArgument('adaptive', adaptive, 'true, false or an object of options');
  return resolveAdaptiveOptions(adaptive, maxConnections);
}

/** What the rules mean is checked by the plan that is made of them. */
function checkFaults(faults: ClientOptions['faults']): void {
  if (faults === undefined) return;
  const isObject = typeof faults === 'object' && faults !== null;
  const isKnown =
    isObject && ('decide' in faults ? typeof faults.decide === 'function' : Array.isArray(faults.rules));
  if (!isKnown) throw invalidArgument('faults', faults, 'rules with a seed, or an object that decides');
}

const DEFAULT_MAX_TOTAL = 256;

function maxTotalOf(wanted: number | undefined, perOrigin: number): number {
  if (wanted === undefined) return Math.min(Math.max(DEFAULT_MAX_TOTAL, perOrigin), mostConnections());
  checkFitsFdLimit('maxTotalConnections', wholeOption('maxTotalConnections', wanted, 1, 1_000_000));
  return wanted;
}
