import type { PoolOptions } from '#libs/pool';
import { optional, toggle, withDefault, type ValuesOf } from '../flags/flag.ts';
import { choice, duration, wholeNumber } from '../flags/kinds.ts';

/** The connections, and how long anything may take. */
export const POOL_FLAGS = {
  maxActive: optional(wholeNumber(1, 65_535), 'connections at most', 'default the concurrency'),
  maxIdle: optional(wholeNumber(0, 65_535), 'idle connections kept at most', 'default --max-active'),
  adaptive: toggle('use no more of them at once than the server answers without a queue'),
  minIdle: withDefault(wholeNumber(0, 65_535), 'connections kept open, dialled ahead', '0'),
  maxPending: optional(
    wholeNumber(0, 1_000_000),
    'requests that may wait for a connection',
    'default 1024, or the concurrency if that is more',
  ),
  acquireTimeout: withDefault(duration('1ms', '24h'), 'longest wait for a connection', '5s'),
  connectTimeout: withDefault(duration('1ms', '24h'), 'longest time to make a connection', '5s'),
  timeout: withDefault(duration('1ms', '24h'), 'longest time of an attempt, once it has a connection', '1s'),
  deadline: withDefault(duration('1ms', '24h'), 'longest time of a request, its retries included', '10s'),
  idleTimeout: withDefault(duration('1ms', '24h'), 'a connection is closed when idle for this long', '4s'),
  validate: withDefault(
    choice('peek', 'read', 'turn', 'off'),
    'check of a connection before each use; the next cheaper one where the machine lacks it',
    'peek',
  ),
};

type PoolValues = ValuesOf<typeof POOL_FLAGS>;

const DAY_MS = 86_400_000;

/** Unless told otherwise, every worker may have a connection, and every worker may wait for one. */
export function poolOptionsOf(values: PoolValues, concurrency: number): PoolOptions {
  return {
    maxConnections: values.maxActive ?? concurrency,
    maxIdle: values.maxIdle,
    minIdle: values.minIdle,
    maxPending: values.maxPending ?? Math.max(1024, concurrency),
    acquireTimeoutMs: values.acquireTimeout,
    connectTimeoutMs: values.connectTimeout,
    // The timeout of the attempt bounds both.
    headersTimeoutMs: DAY_MS,
    bodyTimeoutMs: DAY_MS,
    idleTimeoutMs: values.idleTimeout,
    validate: values.validate,
  };
}
