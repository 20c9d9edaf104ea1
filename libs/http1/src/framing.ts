import { ZERO } from './char-class.ts';
import { parseKeepAlive, type KeepAliveHint } from './keep-alive-hint.ts';
import { ProtocolViolation } from './protocol-violation.ts';
import type { ResponseHead } from './response-head.ts';

/** How the end of a response is found, and what becomes of its connection. */
export interface Framing {
  readonly body: 'none' | 'length' | 'chunked' | 'until-close';
  /** Bytes of the body where the head tells: 0 for no body, `undefined` for chunked and until-close. */
  readonly contentLength: number | undefined;
  /** Whether the connection may carry another exchange after this message. */
  readonly keepAlive: boolean;
  /** What the peer says of the connection's life, where it does. */
  readonly hint?: KeepAliveHint | undefined;
}

/**
 * Decides the framing of a final response (RFC 9112 section 6.3), more strictly than the RFC where a tolerant reading is
 * known from request smuggling: a repeated Content-Length is refused even if the values agree, and so is every transfer
 * coding but one `chunked`, since we never ask for another.
 *
 * @param toHead whether the response answers a HEAD request
 */
export function framingOf(head: ResponseHead, toHead: boolean): Framing {
  let length: number | undefined;
  let isChunked = false;
  let saysClose = false;
  let saysKeepAlive = false;
  let hint: KeepAliveHint | undefined;
  const { rawHeaders } = head;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const value = rawHeaders[i + 1]!;
    switch (rawHeaders[i]!) {
      case 'content-length':
        if (length !== undefined) throw new ProtocolViolation('repeated-content-length');
        length = parseContentLength(value);
        break;
      case 'transfer-encoding':
        if (isChunked || value.toLowerCase() !== 'chunked') {
          throw new ProtocolViolation('unsupported-transfer-encoding');
        }
        isChunked = true;
        break;
      case 'connection':
        if (value === 'keep-alive') {
          saysKeepAlive = true;
        } else {
          saysClose ||= listHolds(value, 'close');
          saysKeepAlive ||= listHolds(value, 'keep-alive');
        }
        break;
      case 'keep-alive':
        hint = parseKeepAlive(value);
        break;
      default:
    }
  }
  if (isChunked && length !== undefined) throw new ProtocolViolation('content-length-with-transfer-encoding');
  if (isChunked && head.httpMinor === 0) throw new ProtocolViolation('transfer-encoding-in-http-1.0');

  const persists = !saysClose && (head.httpMinor === 1 || saysKeepAlive);
  if (head.statusCode === 204) {
    // A 204 has no body (RFC 9110 section 15.3.5). A peer that announces one may well send it.
    return { body: 'none', contentLength: 0, keepAlive: persists && !isChunked && (length ?? 0) === 0, hint };
  }
  if (toHead || head.statusCode === 304 || length === 0) {
    return { body: 'none', contentLength: 0, keepAlive: persists, hint };
  }
  if (isChunked) return { body: 'chunked', contentLength: undefined, keepAlive: persists, hint };
  if (length !== undefined) return { body: 'length', contentLength: length, keepAlive: persists, hint };
  return { body: 'until-close', contentLength: undefined, keepAlive: false };
}

/**
 * Refuses an informational response (1xx) that another parser could take for more than its head, or for the last of its
 * connection: one that announces a body, one that says close or is of HTTP/1.0, which has none (RFC 9110 section 15.2), and
 * 101, after which the connection would speak another protocol. `Content-Length: 0` is harmless and seen.
 */
export function checkInformational(head: ResponseHead): void {
  if (head.statusCode === 101) throw new ProtocolViolation('unexpected-upgrade');
  if (head.httpMinor === 0) throw new ProtocolViolation('informational-before-close');
  const { rawHeaders } = head;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name === 'connection' && listHolds(rawHeaders[i + 1]!, 'close')) {
      throw new ProtocolViolation('informational-before-close');
    }
    if (
      name === 'transfer-encoding' ||
      (name === 'content-length' && parseContentLength(rawHeaders[i + 1]!) > 0)
    ) {
      throw new ProtocolViolation('informational-with-body');
    }
  }
}

/** Fields that frame or route a message and must not come behind its body (RFC 9110 section 6.5.1). */
const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Refuses trailers that belong in the head. Other fields are passed on, always apart from the head's. */
export function checkTrailers(rawTrailers: readonly string[]): void {
  for (let i = 0; i < rawTrailers.length; i += 2) {
    if (FORBIDDEN_TRAILERS.has(rawTrailers[i]!)) throw new ProtocolViolation('forbidden-trailer');
  }
}

/** 1*DIGIT (RFC 9110 section 8.6), so no sign, no list and no blank. */
function parseContentLength(value: string): number {
  let length = value === '' ? NaN : 0;
  for (let i = 0; i < value.length; i += 1) {
    const digit = value.charCodeAt(i) - ZERO;
    length = digit >= 0 && digit <= 9 ? length * 10 + digit : NaN;
  }
  if (!(length <= Number.MAX_SAFE_INTEGER)) throw new ProtocolViolation('bad-content-length');
  return length;
}

/** Whether a comma-separated list holds a token, in any case (RFC 9110 section 5.6.1). */
function listHolds(list: string, token: string): boolean {
  if (list.length <= token.length) return list.length === token.length && list.toLowerCase() === token;
  return list
    .toLowerCase()
    .split(',')
    .some((element) => element.trim() === token);
}
