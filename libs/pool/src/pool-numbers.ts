const DAY_MS = 86_400_000;
const PORTS = 65_535;

/** What is to be known of an option that is a number. */
export interface NumberOption {
  readonly unit: 'connections' | 'requests' | 'ms' | 'bytes' | 'fields';
  /** Another option's name where the default is its value. */
  readonly fallback: number | 'maxConnections';
  readonly min: number;
  /** Another option's name where the limit is its value. */
  readonly max: number | 'maxIdle';
  readonly meaning: string;
  /** Why the default is what it is, and where that comes from. */
  readonly source: string;
}

/** The numbers that can be set of a pool. `resolvePoolOptions` checks by this table, and the reference page shows it. */
export const POOL_NUMBERS = {
  maxConnections: {
    unit: 'connections',
    fallback: 32,
    min: 1,
    max: PORTS,
    meaning: 'connections to the origin at most, dialling ones included',
    source: 'our choice; TCP has 65,535 ports',
  },
  maxIdle: {
    unit: 'connections',
    fallback: 'maxConnections',
    min: 0,
    max: PORTS,
    meaning: 'idle connections kept at most; one more is closed on release',
    source: 'our choice',
  },
  minIdle: {
    unit: 'connections',
    fallback: 0,
    min: 0,
    max: 'maxIdle',
    meaning: 'connections kept open: dialled ahead, and again when lost or too old',
    source: 'waits of 10 ms to 5 s between failures as in HikariCP, but two dials at a time',
  },
  maxPending: {
    unit: 'requests',
    fallback: 1_024,
    min: 0,
    max: 1_000_000,
    meaning: 'requests that may wait with no connection or dial coming for them',
    source: "Envoy's max_pending_requests",
  },
  acquireTimeoutMs: {
    unit: 'ms',
    fallback: 5_000,
    min: 1,
    max: DAY_MS,
    meaning: 'how long a request waits for a connection',
    source: 'our choice; HikariCP has 30 s for databases',
  },
  connectTimeoutMs: {
    unit: 'ms',
    fallback: 5_000,
    min: 1,
    max: DAY_MS,
    meaning: 'how long a dial may take, name resolution included',
    source: 'our choice; undici and OkHttp have 10 s',
  },
  headersTimeoutMs: {
    unit: 'ms',
    fallback: 30_000,
    min: 1,
    max: DAY_MS,
    meaning:
      'from the checkout of a connection, or the end of a streamed body, to the complete response head',
    source: 'our choice; undici has 300 s',
  },
  bodyTimeoutMs: {
    unit: 'ms',
    fallback: 30_000,
    min: 1,
    max: DAY_MS,
    meaning: 'between two pieces of a body, of the response or of a streamed request',
    source: 'our choice; undici has 300 s',
  },
  idleTimeoutMs: {
    unit: 'ms',
    fallback: 4_000,
    min: 1,
    max: DAY_MS,
    meaning: 'an idle connection is closed after this where its peer gives no `Keep-Alive: timeout`',
    source: 'Node servers close at 5 s (`server.keepAliveTimeout`)',
  },
  maxIdleTimeoutMs: {
    unit: 'ms',
    fallback: 60_000,
    min: 1,
    max: DAY_MS,
    meaning: 'the longest that a peer can talk us into; what it says is used less the larger of 1 s and 20 %',
    source: 'balancers close after 60 s (AWS ALB) or less, whatever the server behind them says',
  },
  maxLifetimeMs: {
    unit: 'ms',
    fallback: 600_000,
    min: 1,
    max: DAY_MS,
    meaning: 'a connection is retired after this, less up to 10 % by chance; never under a request',
    source: "our choice, for names and balancers change; HikariCP's jitter is 2.5 %",
  },
  dnsRefreshMs: {
    unit: 'ms',
    fallback: 30_000,
    min: 1_000,
    max: DAY_MS,
    meaning:
      'how often the name is resolved again while connections are open; one whose address two answers lack is retired',
    source: "our choice; the system's resolver does not tell the TTL",
  },
  tcpUserTimeoutMs: {
    unit: 'ms',
    fallback: 20_000,
    min: 1_000,
    max: DAY_MS,
    meaning:
      'how long sent bytes may stay unacknowledged, or a window closed, before the kernel gives the connection up; it also bounds keep-alive. Linux only',
    source: 'TCP_USER_TIMEOUT of tcp(7), RFC 5482; reqwest has 30 s',
  },
  unreadTimeoutMs: {
    unit: 'ms',
    fallback: 30_000,
    min: 1,
    max: DAY_MS,
    meaning:
      'a response that nobody has begun to read is reported after this and dumped, if it holds a connection; read on up to 128 KiB, else cut',
    source: 'our choice, as the body timeout',
  },
  maxBodyBytes: {
    unit: 'bytes',
    fallback: 134_217_728,
    min: 1,
    max: 4_294_967_296,
    meaning:
      'the body of a response read whole (`text`, `json`, `bytes`, `arrayBuffer`); in pieces there is no limit',
    source: 'our choice, for a response must not fill the memory; undici has none',
  },
  maxHeaderBytes: {
    unit: 'bytes',
    fallback: 16_384,
    min: 256,
    max: 1_048_576,
    meaning: "the response's heads, chunk lines and trailers together",
    source: "Node's `--max-http-header-size`",
  },
  maxHeaderCount: {
    unit: 'fields',
    fallback: 100,
    min: 1,
    max: 10_000,
    meaning: 'header fields of a response',
    source: 'our choice; Node has 2,000',
  },
} as const satisfies Record<string, NumberOption>;

export type PoolNumber = keyof typeof POOL_NUMBERS;

/**
 * The numbers of `keepAlive`. The kernel counts in seconds, and takes at most MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL and
 * MAX_TCP_KEEPCNT of Linux' <net/tcp.h>.
 */
export const KEEP_ALIVE_NUMBERS = {
  delayMs: { fallback: 15_000, min: 1_000, max: 32_767_000 },
  intervalMs: { fallback: 5_000, min: 1_000, max: 32_767_000 },
  count: { fallback: 3, min: 1, max: 127 },
} as const;
