/** What a fault may know of a request before it decides. */
export interface FaultedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** When it starts, in milliseconds from the start of whoever injects. */
  readonly startMs: number;
}

/** Stands for a request of which nothing is known: only faults that look at none of it can tell. */
export const ANY_REQUEST: FaultedRequest = Object.freeze({ method: '', path: '', origin: '', startMs: 0 });

/** Which requests a fault looks at. Left out means all. */
export interface RequestMatch {
  /** In capital letters. */
  readonly method?: string | undefined;
  /** The start of path and query, with its slash. */
  readonly path?: string | undefined;
}

/** For error messages. */
export const ALLOWED_MATCH =
  'a method in capital letters and the start of a path with its slash, or one of both, such as ;method=POST;path=/orders';

export function isMatchInRange({ method, path }: RequestMatch): boolean {
  return (
    (method === undefined || /^[A-Z]{1,20}$/.test(method)) &&
    (path === undefined || /^\/[\x21-\x7e]{0,1000}$/.test(path))
  );
}

export function matches({ method, path }: RequestMatch, request: FaultedRequest): boolean {
  return (
    (method === undefined || method === request.method) &&
    (path === undefined || request.path.startsWith(path))
  );
}
