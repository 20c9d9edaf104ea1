import { invalidArgument, invariant } from '#libs/kernel';
import { RequestFields, isHost, isToken, type RequestHeaders } from './request-fields.ts';

/** A request head, ready for the wire. */
export interface RequestHead {
  /** Latin1, from the request line up to and with the empty line. */
  readonly text: string;
  /** Whether it says `Connection: close`: the connection must not carry another request. */
  readonly asksClose: boolean;
  /** What it says of the body: so many bytes (0 for none), or `undefined` for chunks. */
  readonly bodyLength: number | undefined;
}

/** A body of which the caller's `Content-Length` says how long it is; without one it goes out in chunks. */
export const STREAMED: unique symbol = Symbol('streamed');

/** How many heads without fields and body are kept, and the longest path worth keeping. */
const MAX_KEPT_HEADS = 256;
const MAX_KEPT_PATH = 512;

/** Blanks, controls, non-ASCII, and the fragment, which never goes on the wire (RFC 9112 section 3.2). */
const NOT_IN_PATH = /[^\x21\x22\x24-\x7e]/;
const STANDARD_METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
]);
/** Methods whose requests usually have a body: they say so even when it is empty (RFC 9110 section 8.6). */
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['PATCH', 'POST', 'PUT']);

/**
 * Writes the request heads for one origin: checks method, path and fields, and adds `Host`, `Connection` and the framing
 * (RFC 9112 section 3, RFC 9110 section 7). Whatever could make a server see another message than we do is refused with
 * `PLR_INVALID_ARGUMENT`.
 */
export class RequestSerializer {
  readonly #host: string;
  readonly #kept = new Map<string, Map<string, RequestHead>>();
  #keptCount = 0;

  /** @param host the `Host` of the origin: the host, and the port where it is not the scheme's own */
  constructor(host: string) {
    if (!isHost(host)) throw invalidArgument('host', host, 'one host with an optional port');
    this.#host = host;
  }

  /**
   * Returns the head of a request.
   *
   * Of the fields that belong to the connection the caller may give `Host` (replaces ours), `Connection: close` or
   * `keep-alive`, `TE: trailers`, and a `Content-Length` that is the body's (of a stream: which it then must have). `Transfer-Encoding`, `Trailer`, `Upgrade`,
   * `Expect`, `Keep-Alive` and `Proxy-Connection` are refused.
   *
   * @param bodyLength the length of the body in bytes, or `STREAMED`; `undefined` for no body
   */
  serialize(
    method: string,
    path: string,
    headers: RequestHeaders | undefined,
    bodyLength: number | typeof STREAMED | undefined,
  ): RequestHead {
    if (headers !== undefined || bodyLength !== undefined)
      return this.#write(method, path, headers, bodyLength);
    const kept = this.#kept.get(method)?.get(path);
    if (kept !== undefined) return kept;
    const head = this.#write(method, path, undefined, undefined);
    if (path.length <= MAX_KEPT_PATH) this.#keep(method, path, head);
    return head;
  }

  #keep(method: string, path: string, head: RequestHead): void {
    if (this.#keptCount === MAX_KEPT_HEADS) {
      this.#kept.clear();
      this.#keptCount = 0;
    }
    let ofMethod = this.#kept.get(method);
    if (ofMethod === undefined) {
      ofMethod = new Map();
      this.#kept.set(method, ofMethod);
    }
    ofMethod.set(path, head);
    this.#keptCount += 1;
  }

  #write(
    method: string,
    path: string,
    headers: RequestHeaders | undefined,
    bodyLength: number | typeof STREAMED | undefined,
  ): RequestHead {
    const given = bodyLength === STREAMED ? undefined : (bodyLength ?? 0);
    invariant(
      given === undefined || (Number.isSafeInteger(given) && given >= 0),
      'the length of a body is a whole number',
    );
    checkMethod(method, given !== 0);
    checkPath(method, path);
    const fields = headers === undefined ? undefined : new RequestFields(headers, given);
    const length = given ?? fields?.namedLength;
    const host = fields?.host ?? this.#host;
    const connection = fields?.connection ?? 'keep-alive';
    const te = fields?.hasTe ? ', TE' : '';
    // The framing is said here and nowhere else.
    const saysNothing = length === 0 && !METHODS_WITH_BODY.has(method) && fields?.namedLength === undefined;
    const framing = saysNothing ? '' : framingOf(length);
    const lines = fields?.lines ?? '';
    return {
      text: `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: ${connection}${te}\r\n${lines}${framing}\r\n`,
      asksClose: connection === 'close',
      bodyLength: length,
    };
  }
}

function framingOf(bodyLength: number | undefined): string {
  return bodyLength === undefined ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${bodyLength}\r\n`;
}

function checkMethod(method: string, hasBody: boolean): void {
  if (!isToken(method)) throw invalidArgument('method', method, 'a token such as GET (RFC 9110 section 9.1)');
  const upper = method.toUpperCase();
  if (upper !== method && STANDARD_METHODS.has(upper)) {
    // A server that forgives `head` sends no body where we would wait for one.
    throw invalidArgument('method', method, `written ${upper}, for methods are case-sensitive`);
  }
  if (method === 'CONNECT') {
    throw invalidArgument('method', method, 'other than CONNECT, which makes the connection a tunnel');
  }
  if (method === 'TRACE' && hasBody) {
    throw invalidArgument('method', method, 'other than TRACE where the request has a body');
  }
}

function checkPath(method: string, path: string): void {
  if (path === '*' && method === 'OPTIONS') return;
  if (!path.startsWith('/') || NOT_IN_PATH.test(path)) {
    throw invalidArgument('path', path, 'a slash and printable ASCII without space and # (or * for OPTIONS)');
  }
}
