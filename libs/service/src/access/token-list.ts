import { createHash, timingSafeEqual } from 'node:crypto';
import { invalidArgument } from '#libs/kernel';
import { isRole, ROLES, type Role } from './role.ts';

/** Who asks, and what they may do. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

interface TokenEntry extends Principal {
  readonly hash: Buffer;
}

/**
 * The tokens that are let in, by their SHA-256. Tokens are random and long, so a fast hash is as good as a slow one:
 * nobody can guess them one by one.
 */
export class TokenList {
  readonly #entries: readonly TokenEntry[];

  private constructor(entries: readonly TokenEntry[]) {
    this.#entries = entries;
  }

  /**
   * Reads `{"tokens": [{"name": "ci", "role": "operator", "sha256": "<64 hex digits>"}]}`.
   * @throws PoolerError `PLR_INVALID_ARGUMENT`; no message holds a hash
   */
  static parse(json: string): TokenList {
    const document = parseJson(json);
    const list = isRecord(document) ? document['tokens'] : undefined;
    if (!Array.isArray(list) || list.length === 0) {
      throw invalidArgument('the tokens file', json.length, 'JSON {"tokens": [{name, role, sha256}]}');
    }
    return new TokenList(list.map((entry: unknown, index) => entryOf(entry, `tokens[${index}]`)));
  }

  /** Who `token` belongs to. Takes the same time whichever entry it is, and whether it is one. */
  find(token: string): Principal | undefined {
    const hash = createHash('sha256').update(token).digest();
    let found: Principal | undefined;
    for (const entry of this.#entries) {
      if (timingSafeEqual(hash, entry.hash)) found = entry;
    }
    return found && { name: found.name, role: found.role };
  }
}

function entryOf(entry: unknown, field: string): TokenEntry {
  const { name, role, sha256 } = isRecord(entry) ? entry : {};
  if (typeof name !== 'string' || name === '') throw invalidArgument(`${field}.name`, name, 'a text');
  if (!isRole(role)) throw invalidArgument(`${field}.role`, role, `one of ${ROLES.join(', ')}`);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw invalidArgument(`${field}.sha256`, typeof sha256, '64 hexadecimal digits');
  }
  return { name, role, hash: Buffer.from(sha256, 'hex') };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
