import { Buffer } from 'node:buffer';
import type { Clock } from '#libs/kernel';
import type { RequestStream } from './request-stream.ts';
import type { Transport } from './transport.ts';

/** A piece up to this size goes out as one write with its chunk size around it. */
const JOIN_PIECE_BYTES = 64 * 1024;
/** After so many bytes in one turn of the loop the others get theirs, however fast source and wire are. */
const TURN_BYTES = 256 * 1024;
const CRLF = '\r\n';

/** Hears how a body goes out. Never called from inside a call to the sender, nor after `stop`. */
export interface SendingListener {
  /** A piece went out, or one that waited did. */
  onBodyMoved(): void;
  /** All of it was given to the wire. */
  onBodySent(): void;
  /** The source failed, or is not what was announced. */
  onBodyFailed(message: string, cause: unknown): void;
}

type SendingState =
  /** The source is asked for its next piece. */
  | { readonly name: 'pulling' }
  /** The wire is full. */
  | { readonly name: 'blocked'; readonly goOn: () => void }
  | { readonly name: 'sent' }
  | { readonly name: 'stopped' };

type Step =
  | { readonly name: 'piece'; readonly bytes: Uint8Array }
  | { readonly name: 'end' }
  | { readonly name: 'failure'; readonly message: string; readonly cause: unknown };

/**
 * Sends a streamed body over one connection, one piece at a time: the next is asked for when the wire has taken the last.
 * Frames it in chunks (RFC 9112 section 7.1) or holds it to the length that the head announces.
 */
export class BodySender {
  readonly #stream: RequestStream;
  readonly #wire: Transport;
  readonly #listener: SendingListener;
  readonly #clock: Clock;
  readonly #lengthBytes: number | undefined;
  #iterator: AsyncIterator<unknown> | undefined;
  #givenBytes = 0;
  #state: SendingState = { name: 'pulling' };

  /** @param lengthBytes as announced; `undefined` for chunks */
  constructor(
    stream: RequestStream,
    lengthBytes: number | undefined,
    wire: Transport,
    listener: SendingListener,
    clock: Clock,
  ) {
    this.#stream = stream;
    this.#lengthBytes = lengthBytes;
    this.#wire = wire;
    this.#listener = listener;
    this.#clock = clock;
  }

  get isSent(): boolean {
    return this.#state.name === 'sent';
  }

  /** What the body waits for: its source, or the peer. */
  get waitsFor(): 'source' | 'peer' | undefined {
    if (this.#state.name === 'pulling') return 'source';
    return this.#state.name === 'blocked' ? 'peer' : undefined;
  }

  /** Sends it all. Call it once. */
  async run(): Promise<void> {
    let turnBytes = 0;
    for (;;) {
      const step = await this.#next();
      if (this.#isStopped) return;
      if (step.name === 'failure') return this.#listener.onBodyFailed(step.message, step.cause);
      if (step.name === 'end') {
        if (this.#lengthBytes === undefined) this.#wire.write(`0${CRLF}${CRLF}`);
        this.#state = { name: 'sent' };
        return this.#listener.onBodySent();
      }
      const hasRoom = this.#write(step.bytes);
      this.#listener.onBodyMoved();
      turnBytes += step.bytes.length;
      if (hasRoom && turnBytes < TURN_BYTES) continue;
      await (hasRoom ? this.#turnEnd() : this.#room());
      turnBytes = 0;
      if (this.#isStopped) return;
    }
  }

  /** The wire has room again. */
  onDrain(): void {
    if (this.#state.name !== 'blocked') return;
    const { goOn } = this.#state;
    this.#state = { name: 'pulling' };
    this.#listener.onBodyMoved();
    goOn();
  }

  /** Sends nothing more, and closes the source unless it has come to its end. */
  stop(): void {
    const state = this.#state;
    if (state.name === 'sent' || state.name === 'stopped') return;
    this.#state = { name: 'stopped' };
    this.#stream.close();
    if (state.name === 'blocked') state.goOn();
  }

  get #isStopped(): boolean {
    return this.#state.name === 'stopped';
  }

  async #next(): Promise<Step> {
    for (;;) {
      let result: IteratorResult<unknown, unknown>;
      try {
        this.#iterator ??= this.#stream.open();
        result = await this.#iterator.next();
      } catch (cause) {
        return { name: 'failure', message: 'the source of the request body failed', cause };
      }
      if (result.done) return this.#ended();
      const bytes = bytesOf(result.value);
      if (!bytes)
        return failure('the source of the request body gave a piece that is neither text nor bytes');
      this.#givenBytes += bytes.length;
      if (this.#lengthBytes !== undefined && this.#givenBytes > this.#lengthBytes) {
        return failure(`the request body is longer than its Content-Length of ${this.#lengthBytes}`);
      }
      // A chunk without bytes would end the body.
      if (bytes.length > 0) return { name: 'piece', bytes };
    }
  }

  #ended(): Step {
    const lengthBytes = this.#lengthBytes;
    if (lengthBytes === undefined || this.#givenBytes === lengthBytes) return { name: 'end' };
    return failure(
      `the request body ended after ${this.#givenBytes} bytes of its Content-Length of ${lengthBytes}`,
    );
  }

  /** Returns whether the wire has room for more. */
  #write(bytes: Uint8Array): boolean {
    if (this.#lengthBytes !== undefined) return this.#wire.write(bytes);
    const size = `${bytes.length.toString(16)}${CRLF}`;
    if (bytes.length > JOIN_PIECE_BYTES) {
      this.#wire.write(size);
      this.#wire.write(bytes);
      return this.#wire.write(CRLF);
    }
    const chunk = Buffer.allocUnsafe(size.length + bytes.length + CRLF.length);
    chunk.write(size, 'latin1');
    chunk.set(bytes, size.length);
    chunk.write(CRLF, size.length + bytes.length, 'latin1');
    return this.#wire.write(chunk);
  }

  #turnEnd(): Promise<void> {
    return new Promise((goOn) => {
      this.#clock.atTurnEnd(goOn);
    });
  }

  #room(): Promise<void> {
    return new Promise((goOn) => {
      this.#state = { name: 'blocked', goOn };
    });
  }
}

function failure(message: string): Step {
  return { name: 'failure', message, cause: undefined };
}

function bytesOf(piece: unknown): Uint8Array | undefined {
  if (typeof piece === 'string') return Buffer.from(piece, 'utf8');
  return piece instanceof Uint8Array ? piece : undefined;
}
