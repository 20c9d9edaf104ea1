import { Redis } from 'ioredis';

/** Every key of ours begins with it; BullMQ's begin with `pooler:bull`. */
export const KEY_PREFIX = 'pooler:';
export const QUEUE_PREFIX = 'pooler:bull';

/** How long a command may take before it counts as failed. */
const COMMAND_TIMEOUT_MS = 5_000;

export interface RedisOptions {
  /** Whether a command waits for a lost connection (a worker's does, up to its timeout) or fails soon (an answer to a person). */
  readonly isPatient: boolean;
  readonly onError: (error: Error) => void;
}

/** The redis client of the service, for everything but what blocks. */
export function connectRedis(url: string, { isPatient, onError }: RedisOptions): Redis {
  const redis = new Redis(url, {
    keyPrefix: KEY_PREFIX,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: isPatient ? null : 2,
    retryStrategy: (attempt) => Math.min(attempt * 50, isPatient ? 1_000 : 200),
  });
  redis.on('error', onError);
  return redis;
}

/** Whether a failure says that Redis is away or starting, and not that we asked wrongly. */
export function isRedisDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^E(CONN|PIPE|NOTFOUND|AI_AGAIN|TIMEDOUT)/.test(code) ||
    error.name === 'MaxRetriesPerRequestError' ||
    /^(Command timed out|Connection is closed|LOADING|READONLY|MASTERDOWN)/.test(error.message)
  );
}
