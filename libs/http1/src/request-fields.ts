import { invalidArgument, type PoolerError } from '#libs/kernel';

/**
 * The caller's header fields: a record, whose arrays become one line each and whose `undefined` is skipped, or pairs.
 */
export type RequestHeaders =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | ReadonlyArray<readonly [string, string]>;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a field value must not hold: control bytes but HTAB, and what latin1 can't say (RFC 9110 section 5.5). */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** uri-host [":" port] without a list's comma (RFC 9110 section 7.2). */
const HOST = /^[\w.~%!$&'()*+;=:[\]-]+$/;

/** Of a length: up to 15 digits, which a number holds exactly. */
const LENGTH = /^(0|[1-9]\d{0,14})$/;

/** A token of RFC 9110 section 5.6.2: what a method or a field name is. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** A value for `Host`: one host or address, with an optional port. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/** The checked header fields of one request. Those that frame or route the message are taken out of the lines. */
export class RequestFields {
  /** The caller's `Host`. */
  host: string | undefined = undefined;
  /** The caller's word on the connection. */
  connection: 'close' | 'keep-alive' | undefined = undefined;
  /** The length of the body, if the caller named it. */
  namedLength: number | undefined = undefined;
  /** Whether a `TE` is among the lines: `Connection` must name it (RFC 9110 section 10.1.4). */
  hasTe = false;
  /** All other fields, each line with its CRLF. */
  lines = '';

  readonly #bodyLength: number | undefined;

  /**
   * Throws `PLR_INVALID_ARGUMENT` for what must not go out.
   * @param bodyLength `undefined` where the caller alone knows it
   */
  constructor(headers: RequestHeaders, bodyLength: number | undefined) {
    this.#bodyLength = bodyLength;
    if (isPairs(headers)) this.#addPairs(headers);
    else this.#addRecord(headers);
  }

  #addPairs(pairs: ReadonlyArray<readonly [string, string]>): void {
    for (const pair of pairs) {
      if (!Array.isArray(pair))
        throw invalidArgument('headers', pair, 'a record or an array of [name, value] pairs');
      this.#add(pair[0], pair[1]);
    }
  }

  #addRecord(record: Exclude<RequestHeaders, readonly unknown[]>): void {
    for (const name of Object.keys(record)) {
      const value = record[name];
      if (value === undefined) continue;
      if (isList(value)) for (const one of value) this.#add(name, one);
      else this.#add(name, value);
    }
  }

  #add(name: string, value: string): void {
    if (!isToken(name)) throw invalidField(name, name, 'named by a token (RFC 9110 section 5.6.2)');
    if (typeof value !== 'string') throw invalidField(name, value, 'a string or an array of strings');
    if (NOT_IN_VALUE.test(value)) {
      // The value may be a secret, so the error shows the one character only.
      throw invalidField(name, NOT_IN_VALUE.exec(value)?.[0], 'latin1 text without control characters');
    }
    if (!this.#take(name, value)) this.lines += `${name}: ${value}\r\n`;
  }

  #lengthIn(name: string, value: string): number {
    const expected = this.#bodyLength ?? this.namedLength;
    if (expected !== undefined) {
      if (value === String(expected)) return expected;
      throw invalidField(name, value, `the length of the body, ${expected}`);
    }
    if (LENGTH.test(value)) return Number(value);
    throw invalidField(name, value, 'a whole number of bytes');
  }

  /** Takes a field that frames or routes the message, or refuses it. Returns false for a field that goes out as it is. */
  #take(name: string, value: string): boolean {
    switch (name.toLowerCase()) {
      case 'host':
        if (this.host !== undefined || !isHost(value)) {
          throw invalidField(name, value, 'one host with an optional port');
        }
        this.host = value;
        return true;
      case 'connection': {
        const option = value.toLowerCase();
        if (this.connection !== undefined || (option !== 'close' && option !== 'keep-alive')) {
          throw invalidField(name, value, 'one of close, keep-alive, given once');
        }
        this.connection = option;
        return true;
      }
      case 'content-length':
        this.namedLength = this.#lengthIn(name, value);
        return true;
      case 'te':
        if (value.toLowerCase() !== 'trailers') {
          throw invalidField(name, value, 'trailers, for no transfer coding but chunked is understood');
        }
        this.hasTe = true;
        return false;
      case 'transfer-encoding':
        throw invalidField(name, value, 'left out, for Pooler frames the body itself');
      case 'expect':
      case 'keep-alive':
      case 'proxy-connection':
      case 'trailer':
      case 'upgrade':
        throw invalidField(name, value, "left out, for the connection is not the caller's to negotiate");
      default:
        return false;
    }
  }
}

function invalidField(name: string, value: unknown, allowed: string): PoolerError {
  return invalidArgument(`headers[${JSON.stringify(name)}]`, value, allowed);
}

function isPairs(headers: RequestHeaders): headers is ReadonlyArray<readonly [string, string]> {
  return Array.isArray(headers);
}

function isList(value: string | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}
