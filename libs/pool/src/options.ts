import { invalidArgument, wholeOption, refuseUnknownOptions } from '#libs/kernel';
import {
  resolveActiveProbe,
  type ActiveProbeOptions,
  type ResolvedActiveProbe,
} from './active-probe-options.ts';
import { checkFitsFdLimit } from './fd-limit.ts';
import { resolveTlsOptions, type ResolvedTlsOptions, type TlsOptions } from './net/tls-options.ts';
import { KEEP_ALIVE_NUMBERS, POOL_NUMBERS, type NumberOption, type PoolNumber } from './pool-numbers.ts';
import { VALIDATION_TIERS, type ValidationTier } from './validation/tier.ts';

/**
 * What can be set of a pool. All times in milliseconds; every wait has an end, so no time may be infinite. Units, ranges and
 * where the defaults come from: docs/pool.md.
 */
export interface PoolOptions {
  /** Connections to the origin at most, dialling ones included. Default 32, range 1 to 65,535 (TCP's ports). */
  readonly maxConnections?: number | undefined;
  /** Idle connections kept at most; one more is closed on release. Default `maxConnections`, range 0 to 65,535. */
  readonly maxIdle?: number | undefined;
  /** Connections kept open: dialled ahead, and again when lost or too old. Default 0, range 0 to `maxIdle`. */
  readonly minIdle?: number | undefined;
  /** Requests that may wait with no connection or dial coming for them. Default 1,024, range 0 to 1,000,000. */
  readonly maxPending?: number | undefined;
  /** How long a request waits for a connection. Default 5,000, range 1 to 86,400,000. */
  readonly acquireTimeoutMs?: number | undefined;
  /** How long a dial may take, name resolution included. Default 5,000, range 1 to 86,400,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** From the checkout of a connection, or the end of a streamed body, to the complete response head. Default 30,000, range 1 to 86,400,000. */
  readonly headersTimeoutMs?: number | undefined;
  /** Between two pieces of a body, of the response or of a streamed request. Default 30,000, range 1 to 86,400,000. */
  readonly bodyTimeoutMs?: number | undefined;
  /**
   * An idle connection is closed after this where its peer gives no `Keep-Alive: timeout`. Default 4,000, range 1 to
   * 86,400,000; Node servers close at 5,000.
   */
  readonly idleTimeoutMs?: number | undefined;
  /** The longest idle time that a peer's `Keep-Alive: timeout` can lead to. Default 60,000, range 1 to 86,400,000. */
  readonly maxIdleTimeoutMs?: number | undefined;
  /** A connection is retired after this, less up to 10 % by chance. Default 600,000, range 1 to 86,400,000. */
  readonly maxLifetimeMs?: number | undefined;
  /**
   * How often the origin's name is resolved again while connections are open: one whose address two answers in a row lack is
   * retired. Default 30,000, range 1,000 to 86,400,000.
   */
  readonly dnsRefreshMs?: number | undefined;
  /**
   * How long sent bytes may stay unacknowledged before the kernel gives the connection up, on Linux: TCP_USER_TIMEOUT. A
   * request's own limits hold beside it. Default 20,000, range 1,000 to 86,400,000.
   */
  readonly tcpUserTimeoutMs?: number | undefined;
  /**
   * Probes of silent TCP connections; `false` turns them off. Default every 5 s after 15 s, three of them. Source:
   * TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT of tcp(7); reqwest has 15 s, 15 s and 3.
   */
  readonly keepAlive?: Partial<KeepAlive> | false | undefined;
  /**
   * A response of which nobody has begun to read the body is reported after this and dumped, if it holds a connection (more
   * than 64 KiB of it came). Default 30,000, range 1 to 86,400,000.
   */
  readonly unreadTimeoutMs?: number | undefined;
  /**
   * Whether requests remember where they were made, for the report of a leak: a few microseconds for each. Default `false`.
   * Source: our choice.
   */
  readonly captureStacks?: boolean | undefined;
  /**
   * How a connection is checked at each checkout: `peek` asks the kernel, `read` reads a byte, `turn` waits for a turn of
   * the event loop, `off` looks at nothing; where the machine lacks one, the next is used. Default `peek`. Source: MSG_PEEK of
   * recv(2), as go-sql-driver and curl look.
   */
  readonly validate?: ValidationTier | undefined;
  /**
   * A question to the peer before a connection is lent that was idle for long: an object of the options below. Default
   * `false`. Source: our choice, for it is traffic; HikariCP, for databases, has `keepaliveTime`.
   */
  readonly activeProbe?: ActiveProbeOptions | false | undefined;
  /**
   * A response body that `text`, `json`, `bytes` or `arrayBuffer` would gather beyond this is refused and its connection
   * cut; reading in pieces knows no limit. Default 134,217,728, range 1 to 4,294,967,296.
   */
  readonly maxBodyBytes?: number | undefined;
  /** Bytes of the response's heads, chunk lines and trailers together. Default 16,384, range 256 to 1,048,576. */
  readonly maxHeaderBytes?: number | undefined;
  /** Header fields of a response. Default 100, range 1 to 10,000. */
  readonly maxHeaderCount?: number | undefined;
  /** For `https:` origins: [tls.md](tls.md). Default Node's roots, TLS 1.2 or later. Source: there. */
  readonly tls?: TlsOptions | undefined;
  /**
   * Connect to this UNIX socket instead of the origin's host and port; 1 to 107 bytes. Default none. Source: unix(7) has the
   * length.
   */
  readonly socketPath?: string | undefined;
}

/** When TCP asks a silent peer whether it is there: SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT of tcp(7). */
export interface KeepAlive {
  /** Silence before the first probe, whole seconds. Default 15,000, range 1,000 to 32,767,000. */
  readonly delayMs: number;
  /** Between two probes, whole seconds. Default 5,000, range 1,000 to 32,767,000. */
  readonly intervalMs: number;
  /** Probes without an answer that end the connection. Default 3, range 1 to 127. */
  readonly count: number;
}

type OptionWithoutDefault = 'tls' | 'socketPath';

export type ResolvedPoolOptions = {
  readonly [
    K in Exclude<keyof PoolOptions, OptionWithoutDefault | 'keepAlive' | 'activeProbe'>
  ]-?: NonNullable<PoolOptions[K]>;
} & {
  readonly keepAlive: KeepAlive | false;
  readonly activeProbe: ResolvedActiveProbe | false;
  readonly tls: ResolvedTlsOptions | undefined;
  readonly socketPath: string | undefined;
};

/** Checks every option and fills in the defaults. Throws `PLR_INVALID_ARGUMENT` with field, value and range. */
export function resolvePoolOptions(options: PoolOptions = {}): ResolvedPoolOptions {
  const maxConnections = numberOf('maxConnections', options, {});
  const maxIdle = numberOf('maxIdle', options, { maxConnections });
  const whole = (name: PoolNumber): number => numberOf(name, options, { maxConnections, maxIdle });
  const { validate = 'peek', captureStacks = false, activeProbe = false } = options;
  if (typeof captureStacks !== 'boolean')
    throw invalidArgument('captureStacks', captureStacks, 'true or false');
  if (!VALIDATION_TIERS.includes(validate)) {
    throw invalidArgument('validate', validate, `one of ${VALIDATION_TIERS.join(', ')}`);
  }
  const acquireTimeoutMs = whole('acquireTimeoutMs');
  const resolved: ResolvedPoolOptions = {
    maxConnections,
    maxIdle,
    minIdle: whole('minIdle'),
    maxPending: whole('maxPending'),
    acquireTimeoutMs,
    connectTimeoutMs: whole('connectTimeoutMs'),
    headersTimeoutMs: whole('headersTimeoutMs'),
    bodyTimeoutMs: whole('bodyTimeoutMs'),
    idleTimeoutMs: whole('idleTimeoutMs'),
    maxIdleTimeoutMs: whole('maxIdleTimeoutMs'),
    maxLifetimeMs: whole('maxLifetimeMs'),
    dnsRefreshMs: whole('dnsRefreshMs'),
    unreadTimeoutMs: whole('unreadTimeoutMs'),
    tcpUserTimeoutMs: whole('tcpUserTimeoutMs'),
    keepAlive: keepAliveOf(options.keepAlive),
    captureStacks,
    validate,
    activeProbe: resolveActiveProbe(activeProbe, acquireTimeoutMs),
    maxBodyBytes: whole('maxBodyBytes'),
    maxHeaderBytes: whole('maxHeaderBytes'),
    maxHeaderCount: whole('maxHeaderCount'),
    tls: options.tls === undefined ? undefined : resolveTlsOptions(options.tls),
    socketPath: socketPathOf(options),
  };
  refuseUnknownOptions('pool', options, resolved);
  return resolved;
}

function keepAliveOf(keepAlive: PoolOptions['keepAlive'] = {}): KeepAlive | false {
  if (keepAlive === false) return false;
  if (typeof keepAlive !== 'object' || keepAlive === null)
    throw invalidArgument('keepAlive', keepAlive, 'an object or false');
  refuseUnknownOptions('keepAlive', keepAlive, KEEP_ALIVE_NUMBERS);
  const number = (name: keyof KeepAlive): number => {
    const { fallback, min, max } = KEEP_ALIVE_NUMBERS[name];
    const { [name]: value = fallback } = keepAlive;
    return wholeOption(`keepAlive.${name}`, value, min, max);
  };
  const seconds = (name: 'delayMs' | 'intervalMs'): number => {
    const ms = number(name);
    if (ms % 1_000 === 0) return ms;
    throw invalidArgument(`keepAlive.${name}`, ms, 'whole seconds, like 15000');
  };
  return { delayMs: seconds('delayMs'), intervalMs: seconds('intervalMs'), count: number('count') };
}

/** The longest path that fits into a socket's address with its NUL, on Linux (unix(7)). */
const MAX_PATH_BYTES = 107;

function socketPathOf({ socketPath }: PoolOptions): string | undefined {
  if (socketPath === undefined) return undefined;
  const isPath = typeof socketPath === 'string' && socketPath !== '' && !socketPath.includes('\0');
  if (isPath && Buffer.byteLength(socketPath) <= MAX_PATH_BYTES) return socketPath;
  throw invalidArgument('socketPath', socketPath, `a path of 1 to ${MAX_PATH_BYTES} bytes`);
}

/** @param others those that defaults and limits may refer to */
function numberOf(
  name: PoolNumber,
  options: PoolOptions,
  others: { readonly maxConnections?: number; readonly maxIdle?: number },
): number {
  const { fallback, min, max }: NumberOption = POOL_NUMBERS[name];
  // Only what is left out has a default: a null from a caller without types is a mistake.
  const { [name]: value = typeof fallback === 'number' ? fallback : others[fallback] } = options;
  return wholeOption(name, value, min, typeof max === 'number' ? max : (others[max] ?? 0));
}

/** As `resolvePoolOptions`, and refuses more connections than this process may have descriptors. */
export function checkPoolOptions(options: PoolOptions): ResolvedPoolOptions {
  const resolved = resolvePoolOptions(options);
  checkFitsFdLimit('maxConnections', resolved.maxConnections);
  return resolved;
}
