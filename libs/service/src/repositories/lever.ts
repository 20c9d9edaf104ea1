import type { Redis } from 'ioredis';
import { safetyLever, type SafetyLever } from '#libs/contracts';

const KEY = 'lever';
const UNTOUCHED: SafetyLever = { state: 'disengaged', reason: '' };

/** The one lever that stops everything. The scripts of the runs read its `state` too. */
export class Lever {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async get(): Promise<SafetyLever> {
    const json = await this.#redis.hget(KEY, 'json');
    return json === null ? UNTOUCHED : safetyLever.parse(JSON.parse(json));
  }

  async set(lever: SafetyLever): Promise<void> {
    await this.#redis.hset(KEY, { state: lever.state, json: JSON.stringify(lever) });
  }
}
