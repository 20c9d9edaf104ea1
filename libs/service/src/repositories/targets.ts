import type { Redis } from 'ioredis';
import { target, type Page, type PageQuery, type Target } from '#libs/contracts';
import { Collection } from '../redis/collection.ts';
import { Script } from '../redis/script.ts';

const NAMES = 'target-names';

/** KEYS names, target, index; ARGV name, id, json. Replies 0 when the name is taken. */
const CREATE_TARGET = new Script(`
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return 1
`);

/** The allow-list. */
export class Targets {
  readonly #redis: Redis;
  readonly #items: Collection<Target>;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#items = new Collection(redis, 'target', (json) => target.parse(JSON.parse(json)));
  }

  /** False when the name is taken. */
  async create(item: Target): Promise<boolean> {
    const keys = [NAMES, this.#items.key(item.id), this.#items.indexKey];
    return (await CREATE_TARGET.run(this.#redis, keys, [item.name, item.id, JSON.stringify(item)])) === 1;
  }

  get(id: string): Promise<Target | undefined> {
    return this.#items.get(id);
  }

  async find(name: string): Promise<Target | undefined> {
    const id = await this.#redis.hget(NAMES, name);
    return id === null ? undefined : this.#items.get(id);
  }

  list(page: PageQuery): Promise<Page<Target>> {
    return this.#items.list(page);
  }

  count(): Promise<number> {
    return this.#items.count();
  }

  async remove(item: Target): Promise<void> {
    await this.#items.remove(this.#redis.multi(), item.id).hdel(NAMES, item.name).exec();
  }
}
