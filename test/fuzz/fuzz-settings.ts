import type { AdaptiveOptions, ClientOptions, PoolOptions } from '#libs/client';
import type { Sight } from '#libs/testing';
import type { Dice } from './dice.ts';

/** No breaker stays open longer. */
const MAX_OPEN_MS = 1_500;
const BACKOFF_CAP_MS = 400;

/** After so long without faults everything must succeed: the longest opening of the breaker and one wait of the retry. */
export const RECOVERY_MS = MAX_OPEN_MS + BACKOFF_CAP_MS;

/** What pools ask when they prove a connection: no request has this path. */
export const PROBE_PATH = '/none';

/** What a run may meet besides trouble of the network and the server. */
export interface Traits {
  /** The client makes failures itself. */
  readonly faults: boolean;
  /** Names get and lose addresses. */
  readonly names: boolean;
  /** The machine sleeps, and the process stands still. */
  readonly sleep: boolean;
  /** Origins are taken out by hand. */
  readonly isolation: boolean;
  /** Request bodies come in pieces. */
  readonly streams: boolean;
  /** The server says how long it keeps a connection. */
  readonly hints: boolean;
}

/** How one run is set up. Small numbers, so that every limit is met often. */
export interface FuzzSettings {
  readonly client: ClientOptions;
  readonly traits: Traits;
  readonly origins: number;
  /** Connections to all of them together. */
  readonly maxTotal: number;
  readonly sight: Sight;
  readonly windowBytes: number;
  readonly maxConnections: number;
  readonly maxIdle: number;
  readonly minIdle: number;
  readonly idleTimeoutMs: number;
  readonly maxIdleTimeoutMs: number;
  readonly unreadTimeoutMs: number;
  readonly maxPending: number;
  readonly acquireTimeoutMs: number;
  /** `Infinity` where no call is slow. */
  readonly slowCallMs: number;
}

/** @param otherDice of what came to be drawn later, so that it changes nothing for seeds that do not have it */
export function drawSettings(dice: Dice, otherDice: Dice): FuzzSettings {
  const maxConnections = dice.pick([1, 1, 2, 3, 4, 6]);
  const maxIdle = dice.whole(0, maxConnections);
  const minIdle = dice.pick([0, maxIdle]);
  const traits = drawTraits(dice);
  const isProbed = traits.names && otherDice.hits(0.5);
  // Only a connection that lives for seconds meets a name that moves, and for longer than the calm it is due for a probe.
  const idleTimeoutMs =
    (traits.names ? dice.whole(1_000, 3_000) : dice.whole(50, 500)) + (isProbed ? 7_000 : 0);
  const maxPending = dice.pick([0, 2, 10, 100]);
  const acquireTimeoutMs = dice.whole(50, 800);
  const sight = dice.pick<Sight>(['kernel', 'kernel', 'kernel', 'loop', 'blind']);
  const origins = dice.pick([1, 1, 2, 3]);
  const maxTotal = dice.hits(0.5) ? origins * maxConnections : dice.whole(1, origins * maxConnections);
  const maxIdleTimeoutMs = dice.pick([700, 60_000]);
  const unreadTimeoutMs = dice.whole(50, 300);
  // Above whatever an answer takes in the calm.
  const slowCallMs = dice.hits(0.4) ? dice.whole(60, 120) : Infinity;
  return {
    traits,
    origins,
    maxTotal,
    sight,
    windowBytes: dice.pick([1_000, 20_000, 65_536]),
    maxConnections,
    maxIdle,
    minIdle,
    idleTimeoutMs,
    maxIdleTimeoutMs,
    unreadTimeoutMs,
    maxPending,
    acquireTimeoutMs,
    slowCallMs,
    client: {
      maxTotalConnections: maxTotal,
      pool: {
        maxConnections,
        maxIdle,
        minIdle,
        maxPending,
        acquireTimeoutMs,
        connectTimeoutMs: dice.whole(50, 500),
        headersTimeoutMs: dice.whole(100, 600),
        bodyTimeoutMs: dice.whole(50, 400),
        idleTimeoutMs,
        maxIdleTimeoutMs,
        unreadTimeoutMs,
        maxLifetimeMs: dice.pick(traits.names ? [3_000, 600_000] : [300, 3_000, 600_000]),
        dnsRefreshMs: 1_000,
        activeProbe: isProbed && drawProbe(otherDice, acquireTimeoutMs),
        validate: sight === 'blind' ? 'off' : sight === 'loop' ? 'turn' : 'peek',
      },
      retry: {
        attempts: dice.whole(1, 4),
        backoff: { baseMs: dice.whole(1, 50), capMs: BACKOFF_CAP_MS },
        maxRetryAfterMs: 1_000,
      },
      breaker: {
        minCalls: dice.whole(4, 20),
        windowMs: 2_000,
        connectFailures: dice.whole(1, 5),
        openMs: dice.whole(50, 500),
        maxOpenMs: MAX_OPEN_MS,
        halfOpenPermits: dice.whole(1, 3),
        permitTtlMs: 1_000,
        slowCallMs: slowCallMs === Infinity ? undefined : slowCallMs,
        slowCallRate: dice.pick([0.2, 0.5]),
      },
      attemptTimeoutMs: dice.whole(200, 900),
      adaptive: otherDice.hits(0.25) ? drawAdaptive(otherDice, maxConnections) : false,
    },
  };
}

function drawProbe(dice: Dice, acquireTimeoutMs: number): PoolOptions['activeProbe'] {
  return {
    afterIdleMs: 1_000,
    method: dice.pick(['HEAD', 'OPTIONS']),
    path: PROBE_PATH,
    timeoutMs: dice.whole(5, Math.floor(acquireTimeoutMs / 2)),
  };
}

/** Quick to change its mind: a run is short. */
function drawAdaptive(dice: Dice, maxConnections: number): AdaptiveOptions {
  return {
    initialLimit: dice.whole(1, maxConnections),
    tolerance: dice.pick([1, 1.5, 4]),
    windowMs: dice.whole(5, 100),
    probeIntervalMs: dice.whole(200, 2_000),
  };
}

function drawTraits(dice: Dice): Traits {
  return {
    faults: dice.hits(0.4),
    names: dice.hits(0.5),
    sleep: dice.hits(0.5),
    isolation: dice.hits(0.5),
    streams: dice.hits(0.6),
    hints: dice.hits(0.5),
  };
}
