import type { ClientOptions } from '#libs/client';
import type { Sight } from '#libs/testing';
import type { Dice } from './dice.ts';

/** No breaker stays open longer. */
const MAX_OPEN_MS = 1_500;
const BACKOFF_CAP_MS = 400;

/** After so long without faults everything must succeed: the longest opening of the breaker and one wait of the retry. */
export const RECOVERY_MS = MAX_OPEN_MS + BACKOFF_CAP_MS;

/** How one run is set up. Small numbers, so that every limit is met often. */
export interface FuzzSettings {
  readonly client: ClientOptions;
  readonly sight: Sight;
  readonly windowBytes: number;
  readonly maxConnections: number;
  readonly maxIdle: number;
  readonly idleTimeoutMs: number;
  readonly maxPending: number;
  readonly acquireTimeoutMs: number;
}

export function drawSettings(dice: Dice): FuzzSettings {
  const maxConnections = dice.pick([1, 1, 2, 3, 4, 6]);
  const maxIdle = dice.whole(0, maxConnections);
  const minIdle = dice.pick([0, maxIdle]);
  const idleTimeoutMs = dice.whole(50, 500);
  const maxPending = dice.pick([0, 2, 10, 100]);
  const acquireTimeoutMs = dice.whole(50, 800);
  const sight = dice.pick<Sight>(['kernel', 'kernel', 'kernel', 'loop', 'blind']);
  return {
    sight,
    windowBytes: dice.pick([1_000, 20_000, 65_536]),
    maxConnections,
    maxIdle,
    idleTimeoutMs,
    maxPending,
    acquireTimeoutMs,
    client: {
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
        maxLifetimeMs: dice.pick([300, 3_000, 600_000]),
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
      },
      attemptTimeoutMs: dice.whole(200, 900),
    },
  };
}
