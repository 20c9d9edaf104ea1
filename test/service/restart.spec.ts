import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REDIS_KINDS } from './support/redis-kinds.ts';
import { TestApi } from './support/test-api.ts';
import { makeEndedRun, makeSchedule } from './support/things.ts';

const WAIT = { timeout: 20_000 };

describe.each(REDIS_KINDS)('Redis ends and comes back, $name', (kind) => {
  it('the api says so meanwhile, and goes on by itself', async ({ skip }) => {
    if (!kind.isAvailable) return skip(`${kind.name} is not installed`);
    await using api = await TestApi.start(kind, { hasWorker: false });
    await api.redis.kill();
    expect((await api.ask('GET', '/runs')).body.code).toBe('unavailable');
    await using again = await restarted(api);
    await expect.poll(async () => (await api.ask('GET', '/runs')).status, WAIT).toBe(200);
    void again;
  });

  it('what was made is still there', async ({ skip }) => {
    if (!kind.isAvailable) return skip(`${kind.name} is not installed`);
    if (kind.isEmbedded) return skip(`${kind.name} keeps nothing`);
    await using folder = await temporaryFolder();
    await using api = await TestApi.start(kind, { hasWorker: false, folder: folder.path });
    const run = await makeEndedRun(api);
    const schedule = await makeSchedule(api);
    await api.redis.kill();
    await using again = await restarted(api, folder.path);
    await expect.poll(async () => (await api.ask('GET', `/runs/${run.id}`)).status, WAIT).toBe(200);
    expect((await api.ask('GET', `/schedules/${schedule.id}`)).body).toEqual(schedule);
    expect(await api.service.queues.planned()).toEqual([schedule.id]);
    void again;
  });

  /** Removed when nobody writes to it any more. */
  async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
    const path = await mkdtemp(join(tmpdir(), 'pooler-redis-'));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
  }

  async function restarted({ redis }: TestApi, folder?: string): Promise<AsyncDisposable> {
    const again = await kind.start(Number(new URL(redis.url).port), folder);
    return { [Symbol.asyncDispose]: () => again.kill() };
  }
});
