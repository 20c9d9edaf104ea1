import { Readable } from 'node:stream';

/**
 * A request body in pieces: a Node `Readable`, a web `ReadableStream`, an async generator. A string goes out as UTF-8. It is
 * taken over: read at the pace of the connection, and closed when the request ends before it.
 */
export type BodyPieces = AsyncIterable<Uint8Array | string>;

/** The body of one request as a stream, over all its attempts. */
export class RequestStream {
  readonly #source: BodyPieces | (() => BodyPieces);
  /** What the present attempt reads. */
  #open: { readonly pieces: BodyPieces; readonly iterator: AsyncIterator<unknown> } | undefined;

  /** @param source a function is called for each attempt and gives a new body */
  constructor(source: BodyPieces | (() => BodyPieces)) {
    this.#source = source;
    // A stream that fails while its request waits for a connection must not end the process; reading it will tell.
    if (source instanceof Readable) source.on('error', () => {});
  }

  /** Whether it has been begun and can't be had again: then its request is never sent a second time. */
  get isSpent(): boolean {
    return this.#open !== undefined && typeof this.#source !== 'function';
  }

  /** Begins it. Throws what the caller's function throws. */
  open(): AsyncIterator<unknown> {
    const pieces = typeof this.#source === 'function' ? this.#source() : this.#source;
    const iterator: AsyncIterator<unknown> = pieces[Symbol.asyncIterator]();
    this.#open = { pieces, iterator };
    return iterator;
  }

  /** Nobody reads on: lets the source free what it holds. */
  close(): void {
    // The iterator of a `Readable` would first wait for the piece it was asked for.
    const pieces = this.#open?.pieces ?? this.#source;
    if (pieces instanceof Readable) pieces.destroy();
    else if (this.#open || typeof this.#source !== 'function') void this.#return();
  }

  async #return(): Promise<void> {
    try {
      await (this.#open?.iterator ?? this.open()).return?.();
    } catch {
      // Its request is over and has its outcome; what a source says to that reaches nobody.
    }
  }
}
