import { invalidArgument } from '#libs/kernel';

/** Where a request goes. */
export interface ParsedUrl {
  /** Scheme, host and port: `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
}

/** Parsing a URL costs as much as sending a request; load repeats a few of them. Cleared whole when full. */
const MAX_KEPT = 1024;

/** Parses request URLs and remembers them. */
export class UrlCache {
  readonly #kept = new Map<string, ParsedUrl>();

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when it is neither an http: nor an https: URL. A fragment is left out; it never goes on the wire. */
  parse(url: string | URL): ParsedUrl {
    const text = String(url);
    const kept = this.#kept.get(text);
    if (kept) return kept;
    const parsed = parse(text);
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(text, parsed);
    return parsed;
  }
}

function parse(text: string): ParsedUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (isHttp && url.username === '' && url.password === '') {
    return { origin: url.origin, path: `${url.pathname}${url.search}` };
  }
  throw invalidArgument('url', text, 'an http: or https: URL without user and password');
}
