import { BugError, invariant } from '#libs/kernel';
import { ByteBudget } from './byte-budget.ts';
import { ChunkLine } from './chunk-line.ts';
import { checkInformational, checkTrailers, framingOf, type Framing } from './framing.ts';
import { HeadMemo } from './head-memo.ts';
import { HeadScanner } from './head-scanner.ts';
import type { KeepAliveHint } from './keep-alive-hint.ts';
import { ProtocolViolation } from './protocol-violation.ts';
import type { ResponseHead } from './response-head.ts';

/** Hears what a `ResponseParser` reads. An error it throws breaks the parser and passes through `execute`. */
export interface ResponseSink {
  /** An informational response (1xx) before the final one. There may be several. */
  onInformational(head: ResponseHead): void;
  /** The head of the final response. `contentLength` and `keepAlive` of the parser are known from now on. */
  onHead(head: ResponseHead): void;
  /** A piece of the body: the bytes from `start` to `end` of the buffer given to `execute`, lent until the call returns. */
  onBody(bytes: Buffer, start: number, end: number): void;
  /** Name, value, name, value… Called before the end, and only if there are trailers. */
  onTrailers(rawTrailers: string[]): void;
}

export interface ParserLimits {
  /**
   * The bytes that one response may spend on heads (informational ones included), chunk lines with extensions and
   * trailers together. Default 16,384, at least 1.
   */
  readonly maxHeaderBytes?: number | undefined;
  /** The fields that one head, or the trailers, may hold. Default 100, at least 1. */
  readonly maxHeaderCount?: number | undefined;
}

const DEFAULT_MAX_HEADER_BYTES = 16_384;
const DEFAULT_MAX_HEADER_COUNT = 100;

type State =
  | 'head'
  | 'length'
  | 'chunk-line'
  | 'chunk-data'
  | 'trailers'
  | 'until-close'
  | 'complete'
  | 'broken';

const NO_BODY: Framing = { body: 'none', contentLength: 0, keepAlive: false };

/**
 * Reads the HTTP/1.1 responses of one connection, one after the other, from bytes cut at any place: how they are cut
 * never changes the result. Strict about everything that could make two readers disagree where a message ends
 * (RFC 9112, and sections 11.1 and 11.2 there on splitting and smuggling).
 *
 * `begin`, then `execute` until `isComplete`, then `begin` again. After an error it is broken and the connection with it.
 */
export class ResponseParser {
  readonly #sink: ResponseSink;
  readonly #budget: ByteBudget;
  readonly #scanner: HeadScanner;
  readonly #chunkLine: ChunkLine;
  readonly #memo: HeadMemo;
  #state: State = 'complete';
  #answersHead = false;
  #framing: Framing = NO_BODY;
  /** Bytes to come of the body or of the chunk. */
  #remaining = 0;

  /** @param memo of the heads of the origin, for all parsers of its connections */
  constructor(sink: ResponseSink, limits: ParserLimits = {}, memo = new HeadMemo()) {
    const { maxHeaderBytes = DEFAULT_MAX_HEADER_BYTES, maxHeaderCount = DEFAULT_MAX_HEADER_COUNT } = limits;
    invariant(maxHeaderBytes >= 1 && maxHeaderCount >= 1, 'a parser was made with a limit below 1');
    this.#sink = sink;
    this.#budget = new ByteBudget(maxHeaderBytes);
    this.#scanner = new HeadScanner(maxHeaderCount);
    this.#chunkLine = new ChunkLine(this.#budget);
    this.#memo = memo;
  }

  /** Whether no response is outstanding: the one that was begun is read whole, or none was begun. */
  get isComplete(): boolean {
    return this.#state === 'complete';
  }

  /** Whether the connection may be reused after this response. Known from `onHead` on. */
  get keepAlive(): boolean {
    return this.#framing.keepAlive;
  }

  /** What the peer says of the connection's life, where it does. Known from `onHead` on. */
  get keepAliveHint(): KeepAliveHint | undefined {
    return this.#framing.hint;
  }

  /** Bytes of the body where the head tells: 0 for no body, `undefined` for an open end. Known from `onHead` on. */
  get contentLength(): number | undefined {
    return this.#framing.contentLength;
  }

  /** Expects the response to a request of this method, which is never CONNECT. */
  begin(method: string): void {
    invariant(this.#state === 'complete', 'a response was begun before the last one was complete');
    this.#answersHead = method === 'HEAD';
    this.#framing = NO_BODY;
    this.#budget.reset();
    this.#scanner.beginHead();
    this.#state = 'head';
  }

  /**
   * Reads the bytes from `start` to `end` and returns the position behind the last byte that belongs to the response.
   * It stops at the end of the response; what follows is unasked for, and the caller's to condemn.
   * Throws a `ProtocolViolation` at the first byte that no valid response can have there.
   */
  execute(buffer: Buffer, start: number, end: number): number {
    let position = start;
    try {
      while (position < end && this.#state !== 'complete') position = this.#advance(buffer, position, end);
    } catch (error) {
      this.#state = 'broken';
      throw error;
    }
    return position;
  }

  /**
   * The peer has sent FIN. Completes a body that ends so; throws the violation `truncated` when more was to come.
   * Does nothing when no response is outstanding.
   */
  finish(): void {
    if (this.#state !== 'complete' && this.#state !== 'until-close') {
      this.#state = 'broken';
      throw new ProtocolViolation('truncated');
    }
    this.#state = 'complete';
  }

  /** Reads on in the present state, at least one byte, and returns the new position. */
  #advance(buffer: Buffer, start: number, end: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(buffer, start, end);
      case 'length': {
        const position = this.#passBody(buffer, start, end);
        if (this.#remaining === 0) this.#state = 'complete';
        return position;
      }
      case 'chunk-line': {
        const position = this.#chunkLine.scan(buffer, start, end);
        if (this.#chunkLine.isDone) this.#endChunkLine();
        return position;
      }
      case 'chunk-data': {
        const position = this.#passBody(buffer, start, end);
        if (this.#remaining === 0) {
          this.#chunkLine.begin('behind-data');
          this.#state = 'chunk-line';
        }
        return position;
      }
      case 'trailers': {
        const position = this.#scan(buffer, start, end);
        if (this.#scanner.isDone) this.#endTrailers();
        return position;
      }
      case 'until-close':
        this.#sink.onBody(buffer, start, end);
        return end;
      case 'complete':
      case 'broken':
        break;
    }
    throw new BugError(`bytes were given to a parser that is ${this.#state}`);
  }

  /** Scans head or trailer lines, no further than the budget allows. */
  #scan(buffer: Buffer, start: number, end: number): number {
    const position = this.#scanner.scan(buffer, start, start + this.#budget.grant(end - start));
    this.#budget.spend(position - start);
    return position;
  }

  #readHead(buffer: Buffer, start: number, end: number): number {
    const isAtStart = this.#scanner.isAtStart;
    const known = isAtStart ? this.#memo.find(buffer, start, end) : undefined;
    if (known) {
      this.#budget.spend(known.bytes.length);
      this.#endHead(known.head, this.#answersHead ? framingOf(known.head, true) : known.framing);
      return start + known.bytes.length;
    }
    const position = this.#scan(buffer, start, end);
    if (!this.#scanner.isDone) return position;
    const { statusCode, statusText, httpMinor, fields: rawHeaders } = this.#scanner;
    const head: ResponseHead = { statusCode, statusText, httpMinor, rawHeaders };
    if (statusCode < 200) {
      checkInformational(head);
      this.#scanner.beginHead();
      this.#sink.onInformational(head);
      return position;
    }
    const framing = framingOf(head, this.#answersHead);
    if (isAtStart) this.#memo.onUnknown(head, buffer, start, position);
    this.#endHead(head, framing);
    return position;
  }

  #endHead(head: ResponseHead, framing: Framing): void {
    this.#framing = framing;
    switch (this.#framing.body) {
      case 'none':
        this.#state = 'complete';
        break;
      case 'length':
        this.#remaining = this.#framing.contentLength ?? 0;
        this.#state = 'length';
        break;
      case 'chunked':
        this.#chunkLine.begin('first');
        this.#state = 'chunk-line';
        break;
      case 'until-close':
        this.#state = 'until-close';
        break;
    }
    this.#sink.onHead(head);
  }

  /** Hands on what there is of the body, up to `#remaining` bytes. */
  #passBody(buffer: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + this.#remaining);
    this.#remaining -= stop - start;
    this.#sink.onBody(buffer, start, stop);
    return stop;
  }

  #endChunkLine(): void {
    this.#remaining = this.#chunkLine.size;
    if (this.#remaining > 0) {
      this.#state = 'chunk-data';
    } else {
      this.#scanner.beginTrailers();
      this.#state = 'trailers';
    }
  }

  #endTrailers(): void {
    const { fields } = this.#scanner;
    checkTrailers(fields);
    this.#state = 'complete';
    if (fields.length > 0) this.#sink.onTrailers(fields);
  }
}
