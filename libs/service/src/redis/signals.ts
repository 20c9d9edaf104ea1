import type { Redis } from 'ioredis';
import type { Clock } from '#libs/kernel';
import { KEY_PREFIX } from './connect.ts';

/**
 * What a signal is about: `events` when a run has a new event, `control` when whoever works on it should look again.
 * A signal carries no fact, only "look": the facts are in Redis. So a lost one costs a moment and nothing else.
 */
export type Topic = 'events' | 'control';

/** The channel of a topic, for scripts that publish. */
export function channelOf(topic: Topic): string {
  return `${KEY_PREFIX}${topic}`;
}

/** Hears the signals of all runs over one connection. */
export class Signals {
  readonly #subscriber: Redis;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<() => void>>();

  private constructor(subscriber: Redis, clock: Clock) {
    this.#subscriber = subscriber;
    this.#clock = clock;
    subscriber.on('message', (channel: string, runId: string) => this.#wake(`${channel} ${runId}`));
  }

  static async listen(redis: Redis, clock: Clock): Promise<Signals> {
    // A subscription outlives any command; a connection that only listens may be quiet for ever.
    const subscriber = redis.duplicate({
      keyPrefix: '',
      commandTimeout: undefined,
      maxRetriesPerRequest: null,
      // By itself it would subscribe again in a promise that nobody awaits, and closing it meanwhile end the process.
      autoResubscribe: false,
    });
    const subscribe = (): Promise<unknown> => subscriber.subscribe(channelOf('events'), channelOf('control'));
    subscriber.on('error', () => {});
    const signals = new Signals(subscriber, clock);
    await subscribe();
    subscriber.on('ready', () => void subscribe().catch(() => {}));
    return signals;
  }

  /** Resolves with the next signal about a run, after `timeoutMs`, or when `signal` fires. Never rejects. */
  wait(topic: Topic, runId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const name = `${channelOf(topic)} ${runId}`;
      const wakers = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, wakers);
      const wake = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        wakers.delete(wake);
        if (wakers.size === 0 && this.#waiting.get(name) === wakers) this.#waiting.delete(name);
        resolve();
      };
      const timer = this.#clock.setTimer(wake, timeoutMs);
      signal?.addEventListener('abort', wake, { once: true });
      wakers.add(wake);
    });
  }

  close(): void {
    this.#subscriber.disconnect();
    for (const wakers of Array.from(this.#waiting.values())) for (const wake of Array.from(wakers)) wake();
  }

  #wake(name: string): void {
    for (const wake of Array.from(this.#waiting.get(name) ?? [])) wake();
  }
}
