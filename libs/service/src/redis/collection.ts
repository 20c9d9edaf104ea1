import type { ChainableCommander, Redis } from 'ioredis';
import { resourceId, type Page, type PageQuery, type ResourceKind } from '#libs/contracts';

/** How often a page is filled up again after entries whose item has expired. */
const MAX_REFILLS = 10;

/**
 * Things with an id that sorts by time, each as JSON under a key of its own, and an index of their ids. An item may
 * expire; its entry in the index goes when a list comes across it.
 */
export class Collection<Item> {
  readonly #redis: Redis;
  readonly #name: string;
  readonly #id: ReturnType<typeof resourceId>;
  readonly #read: (json: string) => Item;

  constructor(redis: Redis, name: string, kind: ResourceKind, read: (json: string) => Item) {
    this.#redis = redis;
    this.#name = name;
    this.#id = resourceId(kind);
    this.#read = read;
  }

  key(id: string): string {
    return `${this.#name}:${id}`;
  }

  get indexKey(): string {
    return `${this.#name}s`;
  }

  /** Adds the commands that write a new item to a transaction. */
  insert(transaction: ChainableCommander, id: string, item: Item): ChainableCommander {
    return transaction.set(this.key(id), JSON.stringify(item)).zadd(this.indexKey, 0, id);
  }

  /** Adds the commands that remove an item to a transaction. */
  remove(transaction: ChainableCommander, id: string): ChainableCommander {
    return transaction.del(this.key(id)).zrem(this.indexKey, id);
  }

  /** What is not an id is the id of nothing: together with the prefix it could be another key's name. */
  async get(id: string): Promise<Item | undefined> {
    if (!this.#id.safeParse(id).success) return undefined;
    const json = await this.#redis.get(this.key(id));
    return json === null ? undefined : this.#read(json);
  }

  count(): Promise<number> {
    return this.#redis.zcard(this.indexKey);
  }

  /** A page of all items, or of those in another index of the same ids; newest first. */
  async list({ limit, cursor }: PageQuery, indexKey: string = this.indexKey): Promise<Page<Item>> {
    const items: Item[] = [];
    let before = cursor;
    for (let refill = 0; refill < MAX_REFILLS; refill += 1) {
      const wanted = limit - items.length;
      // One more than wanted, to know whether another page follows.
      const ids = await this.#redis.zrevrangebylex(
        indexKey,
        before === undefined ? '+' : `(${before}`,
        '-',
        'LIMIT',
        0,
        wanted + 1,
      );
      const shown = ids.slice(0, wanted);
      const kept = await this.#readAll(shown, indexKey);
      items.push(...kept);
      before = shown.at(-1);
      if (ids.length <= wanted || before === undefined) return { items, nextCursor: null };
      if (kept.length === wanted) break;
    }
    return { items, nextCursor: before ?? null };
  }

  async #readAll(ids: readonly string[], indexKey: string): Promise<Item[]> {
    if (ids.length === 0) return [];
    const texts = await this.#redis.mget(ids.map((id) => this.key(id)));
    const gone = ids.filter((_, index) => texts[index] === null);
    if (gone.length > 0) await this.#redis.zrem(indexKey, ...gone);
    return texts.flatMap((json) => (json === null ? [] : [this.#read(json)]));
  }
}
