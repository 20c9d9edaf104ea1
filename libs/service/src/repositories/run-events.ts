import type { Redis } from 'ioredis';
import { runEvent, type StoredRunEvent } from '#libs/contracts';
import type { Signals } from '../redis/signals.ts';
import { eventsKey } from './run-keys.ts';

const BATCH = 200;
/** A signal can be lost; then the follower looks by itself. */
const LOOK_AGAIN_MS = 2_000;

interface Batch {
  readonly events: readonly StoredRunEvent[];
  /** Undefined when there is nothing more yet. */
  readonly lastId: string | undefined;
}

/** The event streams of the runs. */
export class RunEvents {
  readonly #redis: Redis;
  readonly #signals: Signals;

  constructor(redis: Redis, signals: Signals) {
    this.#redis = redis;
    this.#signals = signals;
  }

  /** Up to 200 events after `afterId`, or from the first kept one, and the id to go on from. */
  async #read(runId: string, afterId: string | undefined): Promise<Batch> {
    const start = afterId === undefined ? '-' : `(${afterId}`;
    const entries = await this.#redis.xrange(eventsKey(runId), start, '+', 'COUNT', BATCH);
    const events = entries.flatMap(([id, fields]) => {
      const event = runEvent.safeParse({
        type: fieldOf(fields, 'type'),
        data: parseJson(fieldOf(fields, 'data')),
      });
      return event.success ? [{ ...event.data, id }] : [];
    });
    return { events, lastId: entries.at(-1)?.[0] };
  }

  /**
   * The events of a run as they come: first those that are kept after `afterId`, then new ones. Ends after `end`, when
   * `signal` fires, or when the run is gone.
   */
  async *follow(
    runId: string,
    afterId: string | undefined,
    isOver: () => Promise<boolean>,
    signal: AbortSignal,
  ): AsyncGenerator<StoredRunEvent> {
    let lastId = afterId;
    while (!signal.aborted) {
      // Asked before reading: what a run wrote before it ended will be read then.
      const wasOver = await isOver();
      const batch = await this.#read(runId, lastId);
      for (const event of batch.events) {
        yield event;
        if (event.type === 'end') return;
      }
      if (batch.lastId !== undefined) {
        lastId = batch.lastId;
        continue;
      }
      if (wasOver) return;
      await this.#signals.wait('events', runId, LOOK_AGAIN_MS, signal);
    }
  }
}

function fieldOf(fields: readonly string[], name: string): string {
  const index = fields.indexOf(name);
  return index % 2 === 0 ? (fields[index + 1] ?? '') : '';
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
