import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** How long a key is remembered after its request was answered. */
const KEPT_MS = 24 * 3_600_000;
/** How long a request may take that holds a key. */
const HELD_MS = 60_000;

/** What a request with a key was answered; plain JSON. */
export interface KeptResponse {
  readonly location: string | undefined;
  readonly body: unknown;
}

export type KeyUse =
  /** First use: do it, then `keep` or `release`. */
  | { readonly kind: 'first' }
  | { readonly kind: 'answered'; readonly response: KeptResponse }
  /** The first request with it is under way. */
  | { readonly kind: 'busy' }
  /** It came with another body before. */
  | { readonly kind: 'reused' };

interface Entry {
  readonly bodyHash: string;
  readonly response?: KeptResponse;
}

/**
 * Remembers what was answered under an `Idempotency-Key`, so that a client that has lost the answer may ask again
 * without doing it twice (draft-ietf-httpapi-idempotency-key-header).
 */
export class IdempotencyKeys {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @param scope what a key belongs to: the caller and the path */
  async use(scope: string, key: string, body: unknown): Promise<KeyUse> {
    const name = nameOf(scope, key);
    const bodyHash = hashOf(canonicalJson(body));
    const held: Entry = { bodyHash };
    // NX and GET in one command: either it is ours now, or we see whose it is.
    const before = await this.#redis.set(name, JSON.stringify(held), 'PX', HELD_MS, 'NX', 'GET');
    if (before === null) return { kind: 'first' };
    const entry: Entry = JSON.parse(before);
    if (entry.bodyHash !== bodyHash) return { kind: 'reused' };
    return entry.response ? { kind: 'answered', response: entry.response } : { kind: 'busy' };
  }

  async keep(scope: string, key: string, body: unknown, response: KeptResponse): Promise<void> {
    const entry: Entry = { bodyHash: hashOf(canonicalJson(body)), response };
    await this.#redis.set(nameOf(scope, key), JSON.stringify(entry), 'PX', KEPT_MS);
  }

  /** The request failed: the next one with the key is the first again. */
  async release(scope: string, key: string): Promise<void> {
    await this.#redis.del(nameOf(scope, key));
  }
}

function nameOf(scope: string, key: string): string {
  return `idempotency:${hashOf(`${scope}\n${key}`)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** JSON with its fields in alphabetical order, so that two ways to write one body are one. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
