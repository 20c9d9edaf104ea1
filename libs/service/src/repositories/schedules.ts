import type { Redis } from 'ioredis';
import { firing, type Firing, type Page, type PageQuery, type Schedule } from '#libs/contracts';
import { Collection } from '../redis/collection.ts';
import { Script } from '../redis/script.ts';

const MAX_FIRINGS = 20;
const INSTANT_KEPT_MS = 24 * 3_600_000;

/**
 * Counts it off its campaign once, should it be removed by two at once.
 * KEYS schedule, index, firings, uses; ARGV id, campaign
 */
const REMOVE_SCHEDULE = new Script(`
redis.call('DEL', KEYS[1], KEYS[3])
if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then redis.call('HINCRBY', KEYS[4], ARGV[2], -1) end
`);

/** What is kept of a schedule besides its firings. */
export type ScheduleItem = Omit<Schedule, 'firings'>;

/** The schedules and what their latest firings led to. */
export class Schedules {
  readonly #redis: Redis;
  readonly #items: Collection<ScheduleItem>;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#items = new Collection(redis, 'schedule', 'sch', (json): ScheduleItem => JSON.parse(json));
  }

  async create(item: ScheduleItem): Promise<void> {
    await this.#items.insert(this.#redis.multi(), item.id, item).hincrby(USES, item.campaign, 1).exec();
  }

  async get(id: string): Promise<Schedule | undefined> {
    const item = await this.#items.get(id);
    return item && this.#withFirings(item);
  }

  async list(page: PageQuery): Promise<Page<Schedule>> {
    const { items, nextCursor } = await this.#items.list(page);
    return { items: await Promise.all(items.map((item) => this.#withFirings(item))), nextCursor };
  }

  count(): Promise<number> {
    return this.#items.count();
  }

  /** Whether a schedule starts runs of this campaign. */
  async uses(campaignId: string): Promise<boolean> {
    return Number(await this.#redis.hget(USES, campaignId)) > 0;
  }

  /** Writes the item again, unless it was removed meanwhile. */
  async update({ firings: _, ...item }: Schedule): Promise<void> {
    await this.#redis.set(this.#items.key(item.id), JSON.stringify(item), 'XX');
  }

  /** True for the first who asks about an instant. */
  async claimInstant(id: string, atMs: number): Promise<boolean> {
    const key = `schedule:${id}:instant:${atMs}`;
    return (await this.#redis.set(key, '1', 'PX', INSTANT_KEPT_MS, 'NX')) === 'OK';
  }

  async record(id: string, entry: Firing): Promise<void> {
    await this.#redis
      .multi()
      .lpush(firingsKey(id), JSON.stringify(entry))
      .ltrim(firingsKey(id), 0, MAX_FIRINGS - 1)
      .exec();
  }

  async remove({ id, campaign }: Schedule): Promise<void> {
    const keys = [this.#items.key(id), this.#items.indexKey, firingsKey(id), USES];
    await REMOVE_SCHEDULE.run(this.#redis, keys, [id, campaign]);
  }

  async #withFirings(item: ScheduleItem): Promise<Schedule> {
    const entries = await this.#redis.lrange(firingsKey(item.id), 0, -1);
    return { ...item, firings: entries.map((json) => firing.parse(JSON.parse(json))) };
  }
}

const USES = 'schedules-of-campaigns';
const firingsKey = (id: string): string => `schedule:${id}:firings`;
