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

/** KEYS names, target, index; ARGV name, id, json, the id that the name had. Replies 0 when it has another by now. */
const PUT_TARGET = new Script(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return 1
`);

/**
 * Its name may belong to a newer target by now, should it be removed by two at once.
 * KEYS names, target, index; ARGV name, id
 */
const REMOVE_TARGET = new Script(`
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[2])
`);

/** The allow-list. */
export class Targets {
  readonly #redis: Redis;
  readonly #items: Collection<Target>;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#items = new Collection(redis, 'target', 'tgt', (json) => target.parse(JSON.parse(json)));
  }

  /** False when the name is taken. */
  async create(item: Target): Promise<boolean> {
    const keys = [NAMES, this.#items.key(item.id), this.#items.indexKey];
    return (await CREATE_TARGET.run(this.#redis, keys, [item.name, item.id, JSON.stringify(item)])) === 1;
  }

  /** Writes it over the target of its name, which keeps its id and the instant it was made. */
  async put(item: Target): Promise<Target> {
    const id = await this.#redis.hget(NAMES, item.name);
    const known = id === null ? undefined : await this.#items.get(id);
    const written = { ...item, id: id ?? item.id, createdAt: known?.createdAt ?? item.createdAt };
    const keys = [NAMES, this.#items.key(written.id), this.#items.indexKey];
    const args = [written.name, written.id, JSON.stringify(written), id ?? ''];
    // Where somebody else was faster, theirs is the known one.
    return (await PUT_TARGET.run(this.#redis, keys, args)) === 1 ? written : this.put(item);
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

  async remove({ id, name }: Target): Promise<void> {
    await REMOVE_TARGET.run(this.#redis, [NAMES, this.#items.key(id), this.#items.indexKey], [name, id]);
  }
}
