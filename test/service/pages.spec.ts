import { expect, it } from 'vitest';
import { expectProblem } from './routes/chapter.ts';
import { onEachRedis } from './support/on-each-redis.ts';
import type { TestApi } from './support/test-api.ts';
import { makeCampaign, makeEndedRun, makeRun, makeSchedule, makeTarget } from './support/things.ts';

/** Ids page by page, to the last. */
async function pagesOf(api: TestApi, path: string, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body, text } = await api.ask('GET', `${path}?limit=${limit}${query}`);
    expect(status, text).toBe(200);
    pages.push(body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  }
  return pages;
}

onEachRedis('a list', { hasWorker: false }, (api) => {
  it.each([
    ['/targets', makeTarget],
    ['/campaigns', makeCampaign],
    ['/runs', makeRun],
    ['/schedules', makeSchedule],
  ])('of %s has everything once, newest first', async (path, make) => {
    const before = await pagesOf(api(), path, 200);
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.push((await make(api())).id);
    const all = [...made.toReversed(), ...before.flat()];
    const pages = await pagesOf(api(), path, 2);
    expect(pages.flat()).toEqual(all);
    expect(pages.map(({ length }) => length)).toEqual(
      Array.from({ length: Math.ceil(all.length / 2) }, (_, page) => Math.min(2, all.length - 2 * page)),
    );
  });

  it('goes on where it was, whatever is made meanwhile', async () => {
    for (let count = 0; count < 3; count += 1) await makeTarget(api());
    const first = await api().ask('GET', '/targets?limit=2');
    const newer = await makeTarget(api());
    const second = await api().ask('GET', `/targets?limit=200&cursor=${first.body.nextCursor}`);
    const ids: string[] = [...first.body.items, ...second.body.items].map(({ id }) => id);
    expect(ids).not.toContain(newer.id);
    expect(await pagesOf(api(), '/targets', 200)).toEqual([[newer.id, ...ids]]);
  });

  it('of the runs of a campaign has no others', async () => {
    const { id } = await makeCampaign(api());
    await makeRun(api());
    const runs = [];
    for (let count = 0; count < 3; count += 1) {
      runs.unshift((await api().ask('POST', `/campaigns/${id}/runs`)).body.id);
    }
    expect(await pagesOf(api(), `/campaigns/${id}/runs`, 2)).toEqual([runs.slice(0, 2), runs.slice(2)]);
  });

  it('has no runs whose retention is over, and pages full of those that are left', async () => {
    const { redis } = api().service;
    const kept = await makeEndedRun(api());
    const gone = await makeEndedRun(api());
    const newest = await makeEndedRun(api());
    await redis.pexpire(`run:${gone.id}`, 0);
    const [page] = await pagesOf(api(), '/runs', 2);
    expect(page).toEqual([newest.id, kept.id]);
    expect(await redis.zscore('runs', gone.id)).toBeNull();
    expectProblem(await api().ask('GET', `/runs/${gone.id}`), 'not_found');
  });
});
