import type { PoolerError } from '#libs/kernel';

/** What a sequence of chunks tells its body. */
export interface ChunkEvents {
  /** Somebody waits for the next chunk and there is none. */
  readonly onHungry: () => void;
  /** The reader left before the end (`break`, `return`, a destroyed stream). */
  readonly onDiscarded: () => void;
}

type Ending = { name: 'open' } | { name: 'ended' } | { name: 'failed'; error: PoolerError };

interface Asker {
  readonly resolve: (result: IteratorResult<Buffer, undefined>) => void;
  readonly reject: (error: PoolerError) => void;
}

/** A body as a sequence of chunks: those that came and wait for a reader, or readers that wait for chunks. */
export class BodyChunks implements AsyncIterableIterator<Buffer, undefined> {
  readonly #events: ChunkEvents;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #askers: Asker[] = [];
  #ending: Ending = { name: 'open' };

  constructor(events: ChunkEvents) {
    this.#events = events;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Returns how many bytes now wait for a reader. */
  push(chunk: Buffer): number {
    const asker = this.#askers.shift();
    if (asker) asker.resolve({ value: chunk, done: false });
    else {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
    }
    return this.#waitingBytes;
  }

  end(): void {
    this.#ending = { name: 'ended' };
    for (const asker of this.#askers.splice(0)) asker.resolve({ value: undefined, done: true });
  }

  fail(error: PoolerError): void {
    this.#ending = { name: 'failed', error };
    for (const asker of this.#askers.splice(0)) asker.reject(error);
  }

  /** Nobody reads any more. */
  discard(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.end();
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    const chunk = this.#waiting.shift();
    if (chunk) {
      this.#waitingBytes -= chunk.length;
      return { value: chunk, done: false };
    }
    const ending = this.#ending;
    if (ending.name === 'failed') throw ending.error;
    if (ending.name === 'ended') return { value: undefined, done: true };
    return new Promise((resolve, reject) => {
      this.#askers.push({ resolve, reject });
      this.#events.onHungry();
    });
  }

  async return(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#ending.name === 'open') this.#events.onDiscarded();
    this.discard();
    return { value: undefined, done: true };
  }
}
