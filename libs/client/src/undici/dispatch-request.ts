import { Readable } from 'node:stream';
import { stringify } from 'node:querystring';
import { invalidArgument } from '#libs/kernel';
import type { BodyPieces, RequestBody } from '#libs/pool';
import type { Dispatcher } from 'undici';
import type { RequestOptions } from '../request-options.ts';

/** One request of undici's `dispatch`, as the client takes it. */
export interface DispatchRequest {
  readonly url: string;
  readonly origin: string;
  readonly options: RequestOptions;
}

/** What undici's options may hold, whichever its version: nothing here is believed. */
type Given = Partial<Record<keyof Dispatcher.DispatchOptions | 'maxRedirections' | 'throwOnError', unknown>>;

/** What this dispatcher has no counterpart for, and what does it instead. */
const REFUSED: ReadonlyArray<readonly [field: keyof Given, allowed: string]> = [
  ['upgrade', 'left out: connections of a pool are not upgraded'],
  ['expectContinue', 'left out: a refusal stops the body anyway'],
  ['headersTimeout', 'left out: pool.headersTimeoutMs holds for all requests'],
  ['bodyTimeout', 'left out: pool.bodyTimeoutMs holds for all requests'],
  ['typeOfService', 'left out'],
  ['maxRedirections', "left out: undici's redirect interceptor follows them"],
  ['throwOnError', "left out: undici's responseError interceptor throws"],
];

/** Translates a request. Throws `PLR_INVALID_ARGUMENT` for what can't be done. */
export function dispatchRequest(given: Dispatcher.DispatchOptions): DispatchRequest {
  const { method } = given;
  if (method === 'CONNECT')
    throw invalidArgument('method', method, 'other than CONNECT: nothing is tunnelled');
  const opts: Given = given;
  for (const [field, allowed] of REFUSED) {
    if (opts[field]) throw invalidArgument(field, opts[field], allowed);
  }
  const origin = originOf(given.origin);
  const { body, length } = bodyOf(given.body);
  const headers = pairsOf(given.headers);
  const namesLength = headers.some(([name]) => name.toLowerCase() === 'content-length');
  if (length !== undefined && !namesLength) headers.push(['content-length', `${length}`]);
  if (given.reset === true) headers.push(['connection', 'close']);
  return {
    url: origin + pathOf(given.path, given.query),
    origin,
    options: { method, headers, body, idempotent: given.idempotent },
  };
}

function originOf(origin: unknown): string {
  const text = origin instanceof URL ? origin.href : origin;
  if (typeof text === 'string' && URL.canParse(text)) return new URL(text).origin;
  throw invalidArgument('origin', text, 'an http: or https: URL');
}

function pathOf(path: unknown, query: Dispatcher.DispatchOptions['query']): string {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw invalidArgument('path', path, 'a text that starts with a slash');
  }
  if (!query) return path;
  if (path.includes('?')) throw invalidArgument('path', path, 'without a query where `query` is given');
  const text = stringify(query);
  return text === '' ? path : `${path}?${text}`;
}

function pairsOf(headers: Dispatcher.DispatchOptions['headers']): Array<[string, string]> {
  const pairs: Array<[string, string]> = [];
  const add = (name: string, value: string | number | readonly string[] | undefined): void => {
    if (value === undefined) return;
    if (typeof value === 'string') pairs.push([name, value]);
    else if (typeof value === 'number') pairs.push([name, `${value}`]);
    else for (const one of value) pairs.push([name, one]);
  };
  if (!headers) return pairs;
  if (isFlat(headers)) {
    for (let i = 0; i + 1 < headers.length; i += 2) add(headers[i] ?? '', headers[i + 1]);
  } else if (isIterable(headers)) {
    for (const [name, value] of headers) add(name, value);
  } else {
    for (const [name, value] of Object.entries(headers)) add(name, value);
  }
  return pairs;
}

type GivenHeaders = NonNullable<Dispatcher.DispatchOptions['headers']>;

function isFlat(headers: GivenHeaders): headers is string[] {
  return Array.isArray(headers) && typeof headers[0] === 'string';
}

function isIterable(
  headers: Exclude<GivenHeaders, string[]>,
): headers is Iterable<[string, string | string[] | undefined]> {
  return Symbol.iterator in headers;
}

/** The body as the client takes it, and its length where only the caller's object knows it. */
function bodyOf(body: unknown): { readonly body?: RequestBody | undefined; readonly length?: number } {
  if (body === undefined || body === null) return {};
  if (typeof body === 'string' || body instanceof Uint8Array) return { body };
  if (ArrayBuffer.isView(body))
    return { body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
  if (body instanceof ArrayBuffer) return { body: new Uint8Array(body) };
  if (body instanceof Blob) return { body: body.stream(), length: body.size };
  if (typeof body === 'object' && !('getAll' in body)) {
    if (isPieces(body)) return { body };
    if (isIterableOfPieces(body)) return { body: Readable.from(body) };
  }
  throw invalidArgument(
    'body',
    body,
    'a string, bytes, a Blob, a stream or an iterable (fetch takes a FormData)',
  );
}

function isPieces(body: object): body is BodyPieces {
  return Symbol.asyncIterator in body;
}

function isIterableOfPieces(body: object): body is Iterable<unknown> {
  return Symbol.iterator in body;
}
