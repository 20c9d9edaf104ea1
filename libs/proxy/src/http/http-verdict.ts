/** What a toxic may know of a request before it decides. */
export interface HttpRequest {
  readonly method: string;
  /** The request target, with its query (RFC 9112 section 3.2). */
  readonly target: string;
}

/** What a toxic does to a request it strikes. */
export type HttpVerdict =
  /** The head, and all behind it, goes on this much later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The client gets this status instead of what the upstream says. */
  | { readonly kind: 'status'; readonly statusCode: number }
  /** The connection is reset at both ends. */
  | { readonly kind: 'reset' };

/** Which requests a toxic looks at; an empty field matches all. */
interface RequestFilter {
  readonly method: string;
  /** The start of the request target. */
  readonly path: string;
}

export function matchesFilter({ method, path }: RequestFilter, request: HttpRequest): boolean {
  return (method === '' || method === request.method) && request.target.startsWith(path);
}
