import type { ByteBudget } from './byte-budget.ts';
import {
  BACKSLASH,
  CR,
  DQUOTE,
  EQUALS,
  HEX_VALUE,
  LF,
  TOKEN,
  NOT_HEX,
  SEMICOLON,
  TEXT,
} from './char-class.ts';
import { ProtocolViolation, refuseByte } from './protocol-violation.ts';

type State =
  | 'data-cr'
  | 'data-lf'
  | 'size-start'
  | 'size'
  | 'extension-name-start'
  | 'extension-name'
  | 'extension-value-start'
  | 'extension-token'
  | 'extension-quoted'
  | 'extension-escaped'
  | 'extension-end'
  | 'lf'
  | 'done';

/** Enough for every size up to 2^53 - 1 with leading zeros; an endless row of zeros is an attack. */
const MAX_SIZE_DIGITS = 16;

/**
 * Reads the line before the data of a chunk: its size, its extensions, and the CRLF that ends the data of the chunk
 * before it (RFC 9112 section 7.1). Extensions are checked and ignored.
 *
 * The optional white space that the RFC calls bad (BWS) is refused, for two parsers rarely agree on it.
 * A line with extensions spends its bytes from the budget. A plain line is short by itself and spends nothing: a long
 * body has any number of them.
 */
export class ChunkLine {
  /** The size of the chunk, in bytes, once the line is done. 0 is the last chunk. */
  size = 0;

  readonly #budget: ByteBudget;
  #state: State = 'done';
  #digits = 0;
  #hasExtension = false;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** Expects the line of the first chunk, or, behind the data of a chunk, the CRLF and the next line. */
  begin(position: 'first' | 'behind-data'): void {
    this.#state = position === 'first' ? 'size-start' : 'data-cr';
    this.size = 0;
    this.#digits = 0;
    this.#hasExtension = false;
  }

  /** Reads from `start` and returns the position behind the last byte read: `end`, or behind the line. */
  scan(buffer: Buffer, start: number, end: number): number {
    let position = start;
    while (position < end && this.#state !== 'done') {
      const byte = buffer[position]!;
      if (this.#hasExtension) this.#budget.spend(1);
      this.#state = this.#next(byte);
      position += 1;
    }
    return position;
  }

  #next(byte: number): State {
    switch (this.#state) {
      case 'data-cr':
        if (byte !== CR) throw new ProtocolViolation('bad-chunk-end');
        return 'data-lf';
      case 'data-lf':
        if (byte !== LF) throw new ProtocolViolation('bad-chunk-end');
        return 'size-start';
      case 'size-start':
        return this.#addDigit(byte);
      case 'size':
        if (byte === CR) return 'lf';
        if (byte === SEMICOLON) return this.#startExtensions();
        return this.#addDigit(byte);
      case 'extension-name-start':
        return TOKEN[byte] === 0 ? refuseByte(byte, 'bad-chunk-extension') : 'extension-name';
      case 'extension-name':
        if (TOKEN[byte] !== 0) return 'extension-name';
        return byte === EQUALS ? 'extension-value-start' : afterExtension(byte);
      case 'extension-value-start':
        if (byte === DQUOTE) return 'extension-quoted';
        return TOKEN[byte] === 0 ? refuseByte(byte, 'bad-chunk-extension') : 'extension-token';
      case 'extension-token':
        return TOKEN[byte] === 0 ? afterExtension(byte) : 'extension-token';
      case 'extension-quoted':
        if (byte === DQUOTE) return 'extension-end';
        if (byte === BACKSLASH) return 'extension-escaped';
        return TEXT[byte] === 0 ? refuseByte(byte, 'bad-chunk-extension') : 'extension-quoted';
      case 'extension-escaped':
        return TEXT[byte] === 0 ? refuseByte(byte, 'bad-chunk-extension') : 'extension-quoted';
      case 'extension-end':
        return afterExtension(byte);
      case 'lf':
      case 'done':
        break;
    }
    if (byte !== LF) throw new ProtocolViolation('bare-cr');
    return 'done';
  }

  #addDigit(byte: number): 'size' {
    const value = HEX_VALUE[byte]!;
    if (value === NOT_HEX) refuseByte(byte, 'bad-chunk-size');
    this.#digits += 1;
    this.size = this.size * 16 + value;
    if (this.#digits > MAX_SIZE_DIGITS || this.size > Number.MAX_SAFE_INTEGER) {
      throw new ProtocolViolation('bad-chunk-size');
    }
    return 'size';
  }

  #startExtensions(): 'extension-name-start' {
    this.#hasExtension = true;
    this.#budget.spend(this.#digits + 1);
    return 'extension-name-start';
  }
}

function afterExtension(byte: number): State {
  if (byte === CR) return 'lf';
  if (byte === SEMICOLON) return 'extension-name-start';
  return refuseByte(byte, 'bad-chunk-extension');
}
