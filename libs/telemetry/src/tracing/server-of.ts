/** The host and port of an origin, as attributes name them. */
export interface ServerFacts {
  readonly address: string;
  readonly port: number;
}

const MAX_KEPT = 1_000;
const kept = new Map<string, ServerFacts>();

/** Parses an origin such as `http://127.0.0.1:8080`, once. */
export function serverOf(origin: string): ServerFacts {
  const known = kept.get(origin);
  if (known) return known;
  const { hostname, port, protocol } = new URL(origin);
  const facts = {
    address: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
  };
  if (kept.size === MAX_KEPT) kept.clear();
  kept.set(origin, facts);
  return facts;
}
