import { expect, it } from 'vitest';
import type { Service } from '#libs/service';
import { onEachRedis } from './support/on-each-redis.ts';
import type { TestApi } from './support/test-api.ts';
import { makeRun } from './support/things.ts';

const RETENTION_MS = 3_600_000;
const MAX_EVENTS = 5_000;
const LOST = { name: 'LostClaimError' };
const LOG = { type: 'log', data: { atMs: 1, message: 'hello' } } as const;

type Taken = NonNullable<Awaited<ReturnType<Service['runs']['claim']>>>;

async function take({ service: { runs } }: TestApi, runId: string): Promise<Taken> {
  const taken = await runs.claim(runId);
  if (!taken) throw new Error(`${runId} is gone`);
  return taken;
}

async function end({ service: { runs } }: TestApi, { claim, record }: Taken): Promise<void> {
  await runs.save(claim, { ...record, state: { kind: 'errored', sinceMs: 1, message: 'a test' } }, 1);
}

/** What is there of a run, by its name after the id; the record itself is ''. */
async function keysOf({ service: { redis } }: TestApi, runId: string): Promise<Map<string, number>> {
  const prefix = 'pooler:';
  const keys = (await redis.keys(`${prefix}run:${runId}*`)).map((key) => key.slice(prefix.length));
  const ttls = await Promise.all(keys.map((key) => redis.pttl(key)));
  return new Map(keys.map((key, index) => [key.slice(`run:${runId}`.length), ttls[index] ?? 0]));
}

onEachRedis('a run in Redis', { hasWorker: false }, (api, kind) => {
  it('refuses every write of an owner before the last', async () => {
    const { id } = await makeRun(api());
    const older = await take(api(), id);
    const newer = await take(api(), id);
    const { runs } = api().service;
    const writes: Readonly<Record<string, (taken: Taken) => Promise<unknown>>> = {
      save: ({ claim, record }) => runs.save(claim, record, 1),
      append: ({ claim }) => runs.append(claim, LOG),
      renew: ({ claim }) => runs.renew(claim),
      setT0: ({ claim }) => runs.setT0(claim, 500),
      beginAct: ({ claim }) => runs.beginAct(claim, 'fault:a'),
      endAct: ({ claim }) => runs.endAct(claim, 'fault:a'),
      end: (taken) => end(api(), taken),
    };
    const before = await keysOf(api(), id);
    for (const [name, write] of Object.entries(writes)) {
      await expect(write(older), name).rejects.toMatchObject(LOST);
    }
    expect([...(await keysOf(api(), id)).keys()].toSorted()).toEqual([...before.keys()].toSorted());
    for (const [name, write] of Object.entries(writes))
      await expect(write(newer), name).resolves.not.toThrow();
  });

  it('is left to a worker that has taken it, whoever asks for an untouched one', async () => {
    const { id } = await makeRun(api());
    await take(api(), id);
    expect(await api().service.runs.claim(id, { untouched: true })).toBeUndefined();
  });

  it('is watched over as long as its owner renews', async () => {
    const { id } = await makeRun(api());
    const { runs, segments, redis } = api().service;
    const { claim } = await take(api(), id);
    const segment = await segments.claim(id, 0);
    if (segment.kind !== 'claimed') throw new Error(segment.kind);
    expect(await segments.renew(segment.claim)).toMatchObject({ isWatched: true });
    await redis.pexpire(`run:${id}:lease`, 0);
    expect(await segments.renew(segment.claim)).toMatchObject({ isWatched: false });
    await runs.renew(claim);
    expect(await segments.renew(segment.claim)).toMatchObject({ isWatched: true });
  });

  it('keeps the first t = 0, whoever sets it again', async () => {
    const { id } = await makeRun(api());
    const first = await api().service.runs.setT0((await take(api(), id)).claim, 500);
    expect(await api().service.runs.setT0((await take(api(), id)).claim, 90_000)).toBe(first);
  });

  it('shows how far an act had come, and never as less', async () => {
    const { id } = await makeRun(api());
    const { runs } = api().service;
    const { claim } = await take(api(), id);
    expect(await runs.beginAct(claim, 'drill')).toBeUndefined();
    expect(await runs.beginAct(claim, 'drill')).toBe('begun');
    await runs.endAct(claim, 'drill');
    expect(await runs.beginAct(claim, 'drill')).toBe('done');
    expect(await runs.actsDone(id)).toEqual(new Set(['drill']));
  });

  it('gives back what it had reserved when it ends', async () => {
    const run = await makeRun(api());
    const { runs, redis } = api().service;
    const taken = await take(api(), run.id);
    const reserved = `reserved:${taken.record.target.id}`;
    expect([await runs.isActive(run.id), await redis.hgetall(reserved)]).toEqual([
      true,
      { [run.id]: '20 0 0' },
    ]);
    await end(api(), taken);
    expect([await runs.isActive(run.id), await redis.exists(reserved)]).toEqual([false, 0]);
  });

  it('is kept with all that belongs to it for its retention, and no longer', async () => {
    const { id } = await makeRun(api());
    const { runs, segments } = api().service;
    const taken = await take(api(), id);
    await runs.setT0(taken.claim, 500);
    await runs.beginAct(taken.claim, 'drill');
    await segments.claim(id, 0);
    await runs.abort(id, { by: 'user', reason: 'a test', mode: 'now' });
    expect([...(await keysOf(api(), id)).values()].filter((ttl) => ttl === -1)).not.toEqual([]);
    await end(api(), taken);
    const ttls = await keysOf(api(), id);
    const kept = ['', ':abort', ':acts', ':epoch', ':events', ':segments', ':t0'];
    expect([...ttls.keys()]).toEqual(expect.arrayContaining(kept));
    for (const [key, ttl] of ttls) {
      expect(ttl, key).toBeGreaterThan(0);
      expect(ttl, key).toBeLessThanOrEqual(RETENTION_MS);
    }
  });

  it(`keeps its latest ${MAX_EVENTS} events`, async ({ skip }) => {
    if (kind.isEmbedded) skip(`${kind.name} takes ten seconds to be filled`);
    const { id } = await makeRun(api());
    const { runs, redis } = api().service;
    const { claim } = await take(api(), id);
    const fill = redis.pipeline();
    for (let count = 0; count < MAX_EVENTS; count += 1)
      fill.xadd(`run:${id}:events`, '*', 'type', 'log', 'data', '{}');
    await fill.exec();
    await runs.append(claim, LOG);
    expect(await redis.xlen(`run:${id}:events`)).toBe(MAX_EVENTS);
    const [[, fields] = ['', []]] = await redis.xrevrange(`run:${id}:events`, '+', '-', 'COUNT', 1);
    expect(fields).toEqual(['type', 'log', 'data', JSON.stringify(LOG.data)]);
  });

  it('is not made beside one that disturbs the target too, nor beyond 100 at a time', async () => {
    const run = await makeRun(api());
    const { record } = await take(api(), run.id);
    const { redis, runs } = api().service;
    const small = { ratePerSecond: 1, concurrency: 0, maxRatePerSecond: 100, maxConcurrency: 10 };
    let number = 0;
    const create = (disturbs: boolean, dryRun = false) => {
      number += 1;
      const id = `run_${String(number).padStart(26, '0')}`;
      return runs.create({ ...record, id, dryRun }, { ...small, disturbs });
    };
    expect(await create(true)).toEqual({ kind: 'created' });
    expect(await create(true)).toEqual({ kind: 'disturbs' });
    expect(await create(false)).toEqual({ kind: 'created' });
    const others = Array.from({ length: 100 }, (_, index) => `other-${index}`);
    await redis.sadd('active-runs', ...others);
    expect(await create(false)).toEqual({ kind: 'limit' });
    await redis.srem('active-runs', ...others);
  });
});

onEachRedis('a segment in Redis', { hasWorker: false }, (api) => {
  it('has one owner at a time, and refuses the writes of those before', async () => {
    const { id } = await makeRun(api());
    const { segments, redis } = api().service;
    const first = await segments.claim(id, 0);
    if (first.kind !== 'claimed') throw new Error(first.kind);
    expect((await segments.claim(id, 0)).kind).toBe('held');
    await redis.pexpire(`run:${id}:segment:0:lease`, 0);
    const second = await segments.claim(id, 0);
    if (second.kind !== 'claimed') throw new Error(second.kind);
    await expect(segments.renew(first.claim)).rejects.toMatchObject(LOST);
    await segments.release(first.claim);
    expect((await segments.claim(id, 0)).kind).toBe('held');
    await segments.renew(second.claim, { isDone: true });
    expect((await segments.claim(id, 0)).kind).toBe('over');
  });

  it('is nobody’s to take when its run has ended', async () => {
    const { id } = await makeRun(api());
    await end(api(), await take(api(), id));
    expect(await api().service.segments.claim(id, 0)).toEqual({ kind: 'over' });
  });
});
