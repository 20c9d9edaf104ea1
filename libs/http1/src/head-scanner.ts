import { COLON, CR, HTAB, LF, SP, TEXT, TOKEN, ZERO } from './char-class.ts';
import { Carry } from './carry.ts';
import { fieldName } from './field-names.ts';
import { ProtocolViolation, refuseByte } from './protocol-violation.ts';

// Where in a head the next byte stands. Numbers, so that the switch of the hot loop is a jump.
const STATUS_LINE = 0;
const REASON = 1;
const LINE_LF = 2;
const LINE_START = 3;
const NAME = 4;
const VALUE_START = 5;
const VALUE = 6;
const LAST_LF = 7;
const DONE = 8;

const VERSION_PREFIX = Buffer.from('HTTP/1.');
/** `HTTP/1.1 200` and the byte behind it. */
const STATUS_LINE_LENGTH = 13;

/**
 * Reads the lines of a head or of trailers up to and with the empty line (RFC 9112 sections 2 to 5).
 *
 * It decides byte by byte and remembers where it stands, so that it makes no difference how the input is cut. It notes
 * where the tokens lie and makes text of them at the end, from one string: a call into the buffer costs as much as the scan.
 * A head that lies in one read is scanned in place; one that is cut is collected first.
 * It knows syntax only: what the fields mean is `framing.ts`, how many bytes are allowed is the parser's.
 */
export class HeadScanner {
  statusCode = 0;
  httpMinor: 0 | 1 = 1;
  /** Known when done, and empty for trailers. */
  statusText = '';
  /** Name, value, name, value… Known when done. */
  fields: string[] = [];

  readonly #maxFields: number;
  readonly #carry = new Carry();
  #state = DONE;
  /** How far the head is read. This and all marks count from the first byte of the head. */
  #position = 0;
  #reasonEnd = 0;
  /** For each field where its name starts and ends and where its value starts and ends. */
  readonly #marks: number[] = [];
  #markCount = 0;

  /** @param maxFields the most fields that one head or the trailers may hold */
  constructor(maxFields: number) {
    this.#maxFields = maxFields;
  }

  get isDone(): boolean {
    return this.#state === DONE;
  }

  /** Whether nothing of a head has been read yet. */
  get isAtStart(): boolean {
    return this.#state === STATUS_LINE && this.#carry.length === 0;
  }

  beginHead(): void {
    this.#begin(STATUS_LINE);
  }

  beginTrailers(): void {
    this.#begin(LINE_START);
  }

  #begin(state: number): void {
    this.#state = state;
    this.#position = 0;
    this.#reasonEnd = 0;
    this.#markCount = 0;
    this.statusCode = 0;
  }

  /** Reads from `start` and returns the position behind the last byte read: `end`, or behind the empty line. */
  scan(buffer: Buffer, start: number, end: number): number {
    const carry = this.#carry;
    const carried = carry.length;
    if (carried === 0) {
      const stop = this.#read(buffer, start, end);
      if (this.#state !== DONE) carry.add(buffer, start, end);
      return stop;
    }
    carry.add(buffer, start, end);
    const stop = this.#read(carry.bytes, 0, carry.length);
    if (this.#state === DONE) carry.clear();
    return start + stop - carried;
  }

  /** @param origin where in `bytes` the head starts */
  #read(bytes: Buffer, origin: number, end: number): number {
    let position = origin + this.#position;
    while (position < end) {
      switch (this.#state) {
        case STATUS_LINE:
          position = this.#readStatusLine(bytes, origin, position, end);
          break;
        case REASON:
          position = this.#readReason(bytes, origin, position, end);
          break;
        case LINE_LF:
          if (bytes[position] !== LF) throw new ProtocolViolation('bare-cr');
          position += 1;
          this.#state = LINE_START;
          break;
        case LINE_START:
          position = this.#readLineStart(bytes[position]!, origin, position);
          break;
        case NAME:
          position = this.#readName(bytes, origin, position, end);
          break;
        case VALUE_START:
          while (position < end && isBlank(bytes[position]!)) position += 1;
          if (position < end) {
            this.#mark(position - origin);
            this.#state = VALUE;
          }
          break;
        case VALUE:
          position = this.#readValue(bytes, origin, position, end);
          break;
        default:
          if (bytes[position] !== LF) throw new ProtocolViolation('bare-cr');
          position += 1;
          this.#finish(bytes, origin, position);
          return position;
      }
    }
    this.#position = position - origin;
    return position;
  }

  #readStatusLine(bytes: Buffer, origin: number, start: number, end: number): number {
    const stop = Math.min(end, origin + STATUS_LINE_LENGTH);
    let position = start;
    for (; position < stop; position += 1) {
      const byte = bytes[position]!;
      const index = position - origin;
      if (index < 7) {
        if (byte !== VERSION_PREFIX[index]) {
          throw new ProtocolViolation(index < 5 ? 'bad-status-line' : 'bad-version');
        }
      } else if (index === 7) {
        const minor = byte - ZERO;
        if (minor !== 0 && minor !== 1) throw new ProtocolViolation('bad-version');
        this.httpMinor = minor;
      } else if (index === 8) {
        if (byte !== SP) throw new ProtocolViolation('bad-version');
      } else if (index < 12) {
        const digit = byte - ZERO;
        if (digit < 0 || digit > 9 || (index === 9 && digit === 0)) refuseByte(byte, 'bad-status-code');
        this.statusCode = this.statusCode * 10 + digit;
      } else if (byte === SP) {
        this.#state = REASON;
      } else if (byte === CR) {
        // The space before an empty reason phrase is often forgotten, and nothing hangs on it.
        this.#state = LINE_LF;
      } else {
        refuseByte(byte, 'bad-status-code');
      }
    }
    return position;
  }

  #readReason(bytes: Buffer, origin: number, start: number, end: number): number {
    const stop = textEnd(bytes, start, end);
    if (stop === end) return end;
    const byte = bytes[stop]!;
    if (byte !== CR) refuseByte(byte, 'bad-reason-phrase');
    this.#reasonEnd = stop - origin;
    this.#state = LINE_LF;
    return stop + 1;
  }

  #readLineStart(byte: number, origin: number, position: number): number {
    if (byte === CR) {
      this.#state = LAST_LF;
      return position + 1;
    }
    if (isBlank(byte)) throw new ProtocolViolation('obs-fold');
    if (TOKEN[byte] === 0) refuseByte(byte, 'bad-field-name');
    if (this.#markCount === 4 * this.#maxFields) throw new ProtocolViolation('too-many-fields');
    this.#mark(position - origin);
    this.#state = NAME;
    return position + 1;
  }

  #readName(bytes: Buffer, origin: number, start: number, end: number): number {
    let stop = start;
    while (stop < end && TOKEN[bytes[stop]!] !== 0) stop += 1;
    if (stop === end) return end;
    const byte = bytes[stop]!;
    if (byte !== COLON) refuseByte(byte, isBlank(byte) ? 'space-before-colon' : 'bad-field-name');
    this.#mark(stop - origin);
    this.#state = VALUE_START;
    return stop + 1;
  }

  #readValue(bytes: Buffer, origin: number, start: number, end: number): number {
    const stop = textEnd(bytes, start, end);
    if (stop === end) return end;
    const byte = bytes[stop]!;
    if (byte !== CR) refuseByte(byte, 'bad-field-value');
    const valueStart = origin + this.#marks[this.#markCount - 1]!;
    let valueEnd = stop;
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1]!)) valueEnd -= 1;
    this.#mark(valueEnd - origin);
    this.#state = LINE_LF;
    return stop + 1;
  }

  #mark(position: number): void {
    this.#marks[this.#markCount] = position;
    this.#markCount += 1;
  }

  /** Makes text of what was marked. */
  #finish(bytes: Buffer, origin: number, end: number): void {
    const text = bytes.toString('latin1', origin, end);
    this.statusText = text.slice(STATUS_LINE_LENGTH, this.#reasonEnd);
    const marks = this.#marks;
    const fields: string[] = [];
    for (let i = 0; i < this.#markCount; i += 4) {
      const name = fieldName(bytes, origin + marks[i]!, origin + marks[i + 1]!);
      fields.push(name, text.slice(marks[i + 2], marks[i + 3]));
    }
    this.fields = fields;
    this.#state = DONE;
  }
}

function textEnd(bytes: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end && TEXT[bytes[position]!] !== 0) position += 1;
  return position;
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}
