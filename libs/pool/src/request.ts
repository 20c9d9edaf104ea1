import { invalidArgument } from '#libs/kernel';
import type { RequestHeaders, RequestSerializer } from '#libs/http1';
import type { ExchangeRequest } from './exchange.ts';

/** One request to the pool's origin. */
export interface PoolRequest {
  /** Origin-form of the target, with the query: `/health?x=1`. */
  readonly path: string;
  /** Default `GET`. */
  readonly method?: string | undefined;
  readonly headers?: RequestHeaders | undefined;
  /** A string goes out as UTF-8. */
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
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
  const body = bytesOf(request.body);
  const { text, asksClose } = serializer.serialize(method, request.path, request.headers, body?.length);
  return {
    method,
    head: text,
    body,
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

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body instanceof Uint8Array) return body;
  throw invalidArgument('body', body, 'a string or a Uint8Array');
}
