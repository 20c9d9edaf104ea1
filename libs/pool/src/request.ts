import { invalidArgument } from '#libs/kernel';
import { STREAMED, type RequestHeaders, type RequestSerializer } from '#libs/http1';
import type { ExchangeRequest } from './exchange.ts';
import type { InformationalListener } from './pending-response.ts';
import { RequestStream, type BodyPieces } from './request-stream.ts';

/**
 * A request body: a string goes out as UTF-8, a stream in chunks or, with a `Content-Length` field, by that length. A stream
 * is sent once and never again; a function gives a new one for each attempt.
 */
export type RequestBody = string | Uint8Array | BodyPieces | (() => BodyPieces);

/** One request to the pool's origin. */
export interface PoolRequest {
  /** Origin-form of the target, with the query: `/health?x=1`. */
  readonly path: string;
  /** The method, a token; its case counts (RFC 9110 section 9.1). Default `GET`. */
  readonly method?: string | undefined;
  /** Names and values of header fields, a value being a text or a list of texts. */
  readonly headers?: RequestHeaders | undefined;
  /** A text (sent as UTF-8), bytes, a stream or another async iterable of them, or a function that gives a new one. */
  readonly body?: RequestBody | undefined;
  /** Ends the request with `PLR_ABORTED` when it fires, its body too. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of interim responses (1xx), such as 103 Early Hints, before the response. */
  readonly onInformational?: InformationalListener | undefined;
  /** Whether it may be sent twice. Default: as its method says (RFC 9110 section 9.2.2). */
  readonly idempotent?: boolean | undefined;
  /** From the checkout of a connection to the last byte of the response. No limit by default; above 0. */
  readonly attemptTimeoutMs?: number | undefined;
  /** When the caller stops waiting, on the pool's clock. No limit by default. */
  readonly deadlineAtMs?: number | undefined;
}

/** RFC 9110 section 9.2.2. */
const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Checks a request and turns it into bytes. Throws `PLR_INVALID_ARGUMENT`. */
export function prepare(request: PoolRequest, serializer: RequestSerializer): ExchangeRequest {
  const { method = 'GET' } = request;
  const stream = streamOf(request.body);
  const body = stream ? undefined : bytesOf(request.body);
  const length = stream ? STREAMED : body?.length;
  const { text, asksClose, bodyLength } = serializer.serialize(method, request.path, request.headers, length);
  return {
    method,
    head: text,
    body,
    stream,
    streamLength: stream && bodyLength,
    asksClose,
    isIdempotent: request.idempotent ?? IDEMPOTENT_METHODS.has(method),
    attemptTimeoutMs: limit(
      'attemptTimeoutMs',
      request.attemptTimeoutMs,
      0,
      'a number of milliseconds above 0',
    ),
    deadlineAtMs: limit('deadlineAtMs', request.deadlineAtMs, -Infinity, "a time of the pool's clock"),
  };
}

/** A limit above `floor` that may be left out. */
function limit(field: string, value: number | undefined, floor: number, allowed: string): number {
  if (value === undefined) return Infinity;
  if (typeof value === 'number' && value > floor) return value;
  throw invalidArgument(field, value, allowed);
}

function streamOf(body: PoolRequest['body']): RequestStream | undefined {
  if (typeof body === 'function') return new RequestStream(body);
  if (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)) return undefined;
  return new RequestStream(body);
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body instanceof Uint8Array) return body;
  throw invalidArgument(
    'body',
    body,
    'a string, a Uint8Array, an async iterable of them, or a function that returns one',
  );
}
