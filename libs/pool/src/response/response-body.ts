import { Readable } from 'node:stream';
import type { ErrorCode, PoolerError } from '#libs/kernel';
import { BodyStore } from './body-store.ts';
import { BodyChunks } from './body-chunks.ts';

/** How many unread bytes are kept before reading from the connection stops. */
const HIGH_WATER_BYTES = 64 * 1024;
/** What `dump` reads and throws away to save a connection; beyond that a new connection is cheaper. */
const DUMP_LIMIT_BYTES = 128 * 1024;

/** What a body needs of the exchange that feeds it. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** Gives the rest up; the connection is cut. */
  abandon(): void;
  /** As `abandon`, for this reason: `fail` follows with an error that says so. */
  refuse(code: ErrorCode, message: string): void;
  /** An error with what is known of the exchange. */
  error(code: ErrorCode, message: string): PoolerError;
}

/** How the arrival of the body stands. */
type Arrival = { name: 'open' } | { name: 'ended' } | { name: 'failed'; error: PoolerError };

/** Who takes the bytes. */
type Reader =
  | { name: 'nobody' }
  | { name: 'whole'; resolve: (bytes: Buffer) => void; reject: (error: PoolerError) => void }
  | { name: 'chunks'; chunks: BodyChunks }
  | { name: 'dump'; dumpedBytes: number; limitBytes: number; resolve: () => void }
  | { name: 'done' };

interface ArrivalWaiter {
  readonly resolve: () => void;
  readonly reject: (error: PoolerError) => void;
  readonly maxBytes: number;
}

const NO_WAITERS: readonly ArrivalWaiter[] = [];
const OPEN: Arrival = { name: 'open' };
const ENDED: Arrival = { name: 'ended' };
const NOBODY: Reader = { name: 'nobody' };
const DONE: Reader = { name: 'done' };

/**
 * The body of a response. Read it once, whole (`text`, `json`, `bytes`, `arrayBuffer`) or in pieces (async iteration,
 * `readable`), or `dump` it: only then is its connection free for another request. A body that has arrived whole in the
 * meantime (up to 64 KiB unread) frees its connection by itself.
 */
export class ResponseBody implements AsyncIterable<Buffer> {
  readonly #source: BodySource;
  readonly #contentLength: number | undefined;
  readonly #store: BodyStore;
  readonly #maxBytes: number;
  #receivedBytes = 0;
  #arrival = OPEN;
  #reader = NOBODY;
  #misuse = 'the response body was already read or dumped';
  /** Whoever waits until everything has arrived. */
  #arrivalWaiters = NO_WAITERS;

  /** @param maxBytes of a body that is gathered whole */
  constructor(source: BodySource, contentLength: number | undefined, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#source = source;
    this.#contentLength = contentLength;
    this.#store = new BodyStore(contentLength);
  }

  /** True once the body was read or dumped, or its reading has begun. */
  get isUsed(): boolean {
    return this.#reader.name !== 'nobody';
  }

  /** True when no byte is still to come. */
  get hasArrived(): boolean {
    return this.#arrival.name !== 'open';
  }

  /** The body as UTF-8 text. Rejects with the `PoolerError` that ended it, or `PLR_BODY_TOO_LARGE` beyond `maxBodyBytes`. */
  // Not async: that would cost more than to decode a small body that is there already.
  text(): Promise<string> {
    const bytes = this.#takeArrived();
    return bytes ? Promise.resolve(bytes.toString('utf8')) : this.#whole().then(textOf);
  }

  /** The body as JSON. Rejects with a `SyntaxError` when it is none. */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** The body as bytes. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer());
  }

  /** The body in memory of its own, which no other body shares. Not copied again where it was announced with 4 KiB to 1 MiB. */
  arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = this.#takeArrived();
    return bytes ? Promise.resolve(ownMemoryOf(bytes)) : this.#whole().then(ownMemoryOf);
  }

  /**
   * Throws the rest away. Reads up to `limitBytes` more (default 131,072) to keep the connection, and cuts it when more
   * is announced or comes. Never rejects: what went wrong in bytes that nobody wants does not matter.
   */
  async dump(limitBytes = DUMP_LIMIT_BYTES): Promise<void> {
    if (this.#reader.name === 'done' || this.#reader.name === 'dump') return;
    if (this.#reader.name === 'whole') return;
    if (this.#reader.name === 'chunks') this.#reader.chunks.discard();
    this.#store.take();
    if (this.#arrival.name !== 'open') {
      this.#reader = DONE;
      return;
    }
    await new Promise<void>((resolve) => {
      this.#reader = { name: 'dump', dumpedBytes: 0, limitBytes, resolve };
      const restBytes = (this.#contentLength ?? 0) - this.#receivedBytes;
      if (restBytes > limitBytes) this.#source.abandon();
      else this.#source.resume();
    });
  }

  /** Dumps a body that nobody has taken; who comes later is told `sentence`. */
  giveUp(sentence: string): void {
    this.#misuse = sentence;
    void this.dump();
  }

  /** The pieces as they come. Reading from the connection stops while nobody asks for the next one. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer, undefined> {
    return this.#chunks();
  }

  /** The body as a Node stream, with backpressure. */
  readable(): Readable {
    return Readable.from(this.#chunks(), { objectMode: false });
  }

  /**
   * Waits until the whole body has arrived without reading it, so that a failure on the way shows here. Resolves also
   * when more than `maxBytes` (at most 65,536) have come: the rest then arrives as it is read.
   */
  async arrived(maxBytes = HIGH_WATER_BYTES): Promise<void> {
    if (this.#arrival.name === 'failed') throw this.#arrival.error;
    if (this.#arrival.name === 'ended' || this.#store.length >= maxBytes) return;
    await new Promise<void>((resolve, reject) => {
      this.#arrivalWaiters = [...this.#arrivalWaiters, { resolve, reject, maxBytes }];
    });
  }

  // The exchange speaks.

  push(buffer: Buffer, start: number, end: number): void {
    this.#receivedBytes += end - start;
    const reader = this.#reader;
    if (reader.name === 'dump') {
      reader.dumpedBytes += end - start;
      if (reader.dumpedBytes > reader.limitBytes) this.#source.abandon();
    } else if (reader.name === 'chunks') {
      this.#holdAt(reader.chunks.push(Buffer.from(buffer.subarray(start, end))));
    } else if (reader.name === 'whole' && this.#receivedBytes > this.#maxBytes) {
      this.#store.take();
      this.#source.refuse('PLR_BODY_TOO_LARGE', this.#tooLarge);
    } else if (reader.name !== 'done') {
      this.#store.append(buffer, start, end);
      if (reader.name === 'nobody') this.#holdAt(this.#store.length);
      for (const waiter of this.#arrivalWaiters) if (this.#store.length >= waiter.maxBytes) waiter.resolve();
    }
  }

  end(): void {
    this.#arrival = ENDED;
    for (const waiter of this.#arrivalWaiters) waiter.resolve();
    const reader = this.#reader;
    if (reader.name === 'whole') this.#finish(() => reader.resolve(this.#store.take()));
    else if (reader.name === 'dump') this.#finish(reader.resolve);
    else if (reader.name === 'chunks') reader.chunks.end();
  }

  fail(error: PoolerError): void {
    this.#arrival = { name: 'failed', error };
    for (const waiter of this.#arrivalWaiters) waiter.reject(error);
    const reader = this.#reader;
    if (reader.name === 'whole') this.#finish(() => reader.reject(error));
    else if (reader.name === 'dump') this.#finish(reader.resolve);
    else if (reader.name === 'chunks') reader.chunks.fail(error);
  }

  /** Reading stops while this much waits, unless the last byte is among it: its connection is free in a moment. */
  #holdAt(unreadBytes: number): void {
    if (unreadBytes >= HIGH_WATER_BYTES && this.#receivedBytes !== this.#contentLength) this.#source.pause();
  }

  #finish(tell: () => void): void {
    this.#reader = DONE;
    tell();
  }

  /** The usual case, without a promise: everything is there already. */
  #takeArrived(): Buffer | undefined {
    if (this.#arrival.name !== 'ended' || this.isUsed || this.#store.length > this.#maxBytes)
      return undefined;
    this.#reader = DONE;
    return this.#store.take();
  }

  async #whole(): Promise<Buffer> {
    this.#claim();
    const arrival = this.#arrival;
    const isTooLarge = Math.max(this.#store.length, this.#contentLength ?? 0) > this.#maxBytes;
    if (arrival.name === 'open') {
      return new Promise((resolve, reject) => {
        this.#reader = { name: 'whole', resolve, reject };
        if (isTooLarge) this.#source.refuse('PLR_BODY_TOO_LARGE', this.#tooLarge);
        else this.#source.resume();
      });
    }
    this.#reader = DONE;
    if (arrival.name === 'failed') throw arrival.error;
    const bytes = this.#store.take();
    if (isTooLarge) throw this.#source.error('PLR_BODY_TOO_LARGE', this.#tooLarge);
    return bytes;
  }

  #chunks(): BodyChunks {
    this.#claim();
    const chunks = new BodyChunks({
      onHungry: () => this.#source.resume(),
      onDiscarded: () => {
        void this.dump();
      },
    });
    this.#reader = { name: 'chunks', chunks };
    if (this.#store.length > 0) chunks.push(this.#store.take());
    if (this.#arrival.name === 'ended') chunks.end();
    else if (this.#arrival.name === 'failed') chunks.fail(this.#arrival.error);
    return chunks;
  }

  get #tooLarge(): string {
    return `the response body is larger than maxBodyBytes (${this.#maxBytes}); read it in pieces`;
  }

  #claim(): void {
    if (this.#reader.name === 'nobody') return;
    throw this.#source.error('PLR_BODY_MISUSED', this.#misuse);
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8');
}

/** The memory of these bytes where they fill it, and a copy where they lie in a larger one. */
function ownMemoryOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  if (byteOffset === 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) return buffer;
  const copy = new ArrayBuffer(byteLength);
  new Uint8Array(copy).set(new Uint8Array(buffer, byteOffset, byteLength));
  return copy;
}
