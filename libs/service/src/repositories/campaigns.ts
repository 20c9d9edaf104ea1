import type { Redis } from 'ioredis';
import type { Campaign, Page, PageQuery } from '#libs/contracts';
import { Collection } from '../redis/collection.ts';

/** The campaigns, each as it was posted. */
export class Campaigns {
  readonly #redis: Redis;
  readonly #items: Collection<Campaign>;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#items = new Collection(redis, 'campaign', 'cmp', (json): Campaign => JSON.parse(json));
  }

  async create(item: Campaign): Promise<void> {
    await this.#items.insert(this.#redis.multi(), item.id, item).exec();
  }

  get(id: string): Promise<Campaign | undefined> {
    return this.#items.get(id);
  }

  list(page: PageQuery): Promise<Page<Campaign>> {
    return this.#items.list(page);
  }

  count(): Promise<number> {
    return this.#items.count();
  }

  async remove(id: string): Promise<void> {
    await this.#items.remove(this.#redis.multi(), id).del(`campaign:${id}:runs`).exec();
  }
}
