import type { ResponseHead } from '#libs/http1';
import { headersFrom, type ResponseHeaders } from './response-headers.ts';
import type { ResponseBody } from './response-body.ts';

/** The answer to a request: its head at once, its body as it comes. */
export class Response {
  /** The final status, 200 to 999. */
  statusCode: number;
  /** The reason phrase, often empty. Means nothing (RFC 9112 section 4). */
  readonly statusText: string;
  /** Field names (lower-case) and values in the order of the wire: name, value, name, value… */
  readonly rawHeaders: readonly string[];
  /** What follows the head. Read it or dump it. */
  readonly body: ResponseBody;
  #headers: ResponseHeaders | undefined;
  #rawTrailers: readonly string[] | undefined;

  constructor(head: ResponseHead, body: ResponseBody) {
    this.statusCode = head.statusCode;
    this.statusText = head.statusText;
    this.rawHeaders = head.rawHeaders;
    this.body = body;
  }

  /** The header fields by lower-case name. Made on first use. */
  get headers(): ResponseHeaders {
    this.#headers ??= headersFrom(this.rawHeaders);
    return this.#headers;
  }

  /** The trailer fields (RFC 9110 section 6.5), empty until the body has arrived whole. */
  get trailers(): ResponseHeaders {
    return headersFrom(this.#rawTrailers ?? []);
  }

  /** The trailer fields as `rawHeaders` has the header's. */
  get rawTrailers(): readonly string[] {
    return this.#rawTrailers ?? [];
  }

  set rawTrailers(raw: readonly string[]) {
    this.#rawTrailers = raw;
  }
}
