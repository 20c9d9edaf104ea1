import { Redis } from 'ioredis';

/** Every key of ours begins with it; BullMQ's begin with `pooler:bull`. */
export const KEY_PREFIX = 'pooler:';
export const QUEUE_PREFIX = 'pooler:bull';

/** How long a command may take before it counts as failed. */
const COMMAND_TIMEOUT_MS = 5_000;

/** The redis client of the service, for everything but what blocks. */
export function connectRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    keyPrefix: KEY_PREFIX,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 2,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  });
  redis.on('error', onError);
  return redis;
}

/** Whether a failure says that Redis is away or starting, and not that we asked wrongly. */
export function isRedisDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (
    'code' in error &&
    typeof error.code === 'string' &&
    /^E(CONN|PIPE|NOTFOUND|TIMEDOUT)/.test(error.code)
  ) {
    return true;
  }
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    /^(Command timed out|Connection is closed|LOADING|READONLY|MASTERDOWN)/.test(error.message)
  );
}
