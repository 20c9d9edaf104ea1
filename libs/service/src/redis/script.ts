import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A Lua script: what it reads and writes happens at once or not at all. */
export class Script {
  readonly #lua: string;
  readonly #sha: string;

  constructor(lua: string) {
    this.#lua = lua;
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.#lua, keys.length, ...keys, ...args);
    }
  }

  /** For scripts whose reply is a list that begins with a word. */
  async words(
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly unknown[]> {
    const reply = await this.run(redis, keys, args);
    return Array.isArray(reply) ? reply : [];
  }
}
