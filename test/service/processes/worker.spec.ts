import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CampaignDocument, StoredRunEvent } from '#libs/contracts';
import { TargetProcess } from '../../target/target-process.ts';
import { RecordingTarget } from '../support/recording-target.ts';
import { REDIS_KINDS } from '../support/redis-kinds.ts';
import { RunFloor } from '../support/run-floor.ts';
import { ServiceProcess } from '../support/service-process.ts';

const TIMEOUT_MS = 90_000;
const RATE = 50;
const kind = REDIS_KINDS.find(({ isAvailable }) => isAvailable)!;

type Request = CampaignDocument['scenarios'][number]['request'];

/** How good the generator is on a busy machine is not the question here, so nothing hangs on its verdict. */
function campaign(duration: string, request: Request = {}): CampaignDocument {
  return {
    name: 'real',
    target: 'local',
    seed: 42,
    phases: { baseline: '500ms', recovery: '1s' },
    scenarios: [{ name: 'health', model: 'open', stages: [{ duration, target: `${RATE}/s` }], request }],
  };
}

describe('the worker', { timeout: TIMEOUT_MS }, () => {
  let floor: RunFloor;
  let target: RecordingTarget;
  let secrets: string;
  let worker: ServiceProcess;

  beforeAll(async () => {
    floor = await RunFloor.open(kind, 1);
    target = await RecordingTarget.start();
    secrets = await mkdtemp(join(tmpdir(), 'pooler-secrets-'));
    await writeFile(join(secrets, 'api-key'), 'hunter2-0815\n');
    worker = new ServiceProcess('worker', { REDIS_URL: floor.redisUrl, POOLER_SECRETS_DIR: secrets });
    await floor.addTarget('local', target.url);
    await worker.listening();
  }, TIMEOUT_MS);

  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await floor[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
    await rm(secrets, { recursive: true });
  });

  beforeEach(() => {
    target.seen.length = 0;
  });

  it('crashes and resets what the campaign says, and ends with a verdict', async () => {
    using supervised = new TargetProcess('--supervise', '--port', '0', '--control-port', '0');
    const { url } = await supervised.listening();
    await floor.addTarget('supervised', url, await supervised.control());
    const run = await floor.start({
      ...campaign('4s'),
      target: 'supervised',
      faults: [
        { id: 'resets', type: 'reset', where: 'client', probability: 0.05 },
        { id: 'crash', type: 'crash', where: 'target', start: '1s', duration: '300ms' },
      ],
    });
    const events: StoredRunEvent[] = [];
    const ended = await floor.ended(run, events);
    expect(ended.state).toBe('completed');
    const told = events.flatMap((event) => (event.type === 'fault' ? [event.data.change] : []));
    expect(told).toEqual(['applied', 'removed']);
    expect(ended.faults.find(({ id }) => id === 'resets')?.hits).toBeGreaterThan(0);
    const { requests = 0, missed = 0 } = ended.summary ?? {};
    expect(requests + missed).toBe(5.5 * RATE);
  });

  it('sends secrets that nobody else sees', async () => {
    const run = await floor.start(campaign('1s', { headers: { 'x-key': { secretRef: 'api-key' } } }));
    expect(await floor.ended(run)).toMatchObject({ state: 'completed' });
    expect(new Set(target.seen.map((headers) => headers['x-key']))).toEqual(new Set(['hunter2-0815']));
    expect(await allOf(floor)).not.toContain('hunter2');
    expect(worker.stderr).not.toContain('hunter2');
  });

  it('ends a run whose secret it has not as an error, before it sends anything', async () => {
    const run = await floor.start(campaign('1s', { headers: { 'x-key': { secretRef: 'missing' } } }));
    const error = 'the worker has no secret missing';
    expect(await floor.ended(run)).toMatchObject({ state: 'errored', verdict: 'error', error });
    expect(target.seen).toEqual([]);
  });

  it('ends a run with a drill outside of a cluster as an error, before it sends anything', async () => {
    const run = await floor.start({
      ...campaign('1s'),
      drill: { namespace: 'demo', selector: { app: 'target' }, action: 'evict', at: '500ms' },
    });
    const error = 'drill must be left out: the worker is not in a Kubernetes cluster';
    expect(await floor.ended(run)).toMatchObject({ state: 'errored', verdict: 'error', error });
    expect(target.seen).toEqual([]);
  });

  it('refuses at the dial what the target does not allow', async () => {
    const { port } = new URL(target.url);
    // The name passes the first look of the allow-list; what it resolves to does not.
    const baseUrl = `http://${hostname()}:${port}`;
    await floor.service.targetService.create({
      name: 'strict',
      baseUrl,
      maxRate: '100/s',
      maxConcurrency: 9,
    });
    const ended = await floor.ended(await floor.start({ ...campaign('1s'), target: 'strict' }));
    expect(ended.summary).toMatchObject({ ok: 0 });
    expect(Object.keys(ended.summary?.errors ?? {})).toContain('PLR_ADDRESS_DENIED');
    expect(target.seen).toEqual([]);
  });

  it('tells how it is, and hands its run on when it is told to end', async () => {
    const probes = await worker.listening();
    const found = await Promise.all(
      ['healthz', 'readyz', 'metrics', ''].map((path) => statusOf(`${probes}/${path}`)),
    );
    expect(found).toEqual([200, 200, 200, 404]);
    await using second = new ServiceProcess('worker', { REDIS_URL: floor.redisUrl });
    await second.listening();
    const run = await floor.start(campaign('8s'));
    await expect.poll(() => target.seen.length, { timeout: 30_000 }).toBeGreaterThan(RATE);
    worker.kill('SIGTERM');
    expect(await worker.end()).toEqual({ code: 0, signal: null });
    const ended = await floor.ended(run);
    expect(ended.state).toBe('completed');
    const { requests = 0, missed = 0 } = ended.summary ?? {};
    expect(requests + missed).toBe(9.5 * RATE);
    // The canary asks three times.
    expect(target.seen).toHaveLength(requests + 3);
  });
});

describe('a worker process', { timeout: TIMEOUT_MS }, () => {
  it('outlives a Redis that is away, and says so', async () => {
    await using worker = new ServiceProcess('worker', { REDIS_URL: 'redis://127.0.0.1:9' });
    const probes = await worker.listening();
    expect(await statusOf(`${probes}/healthz`)).toBe(200);
    expect(await statusOf(`${probes}/readyz`)).toBe(503);
    await expect.poll(() => worker.stderr).toContain('ECONNREFUSED');
    worker.kill('SIGTERM');
    expect(await worker.end()).toEqual({ code: 0, signal: null });
  });

  it('says in one sentence what is wrong with its environment', async () => {
    await using worker = new ServiceProcess('worker', { POOLER_WORKER_RUNS: '0' });
    expect(await worker.end()).toEqual({ code: 104, signal: null });
    expect(worker.stderr).toBe('worker: POOLER_WORKER_RUNS must be a whole number from 1 to 100, got "0"\n');
  });
});

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

/** All that Redis holds. */
async function allOf({ service: { redis } }: RunFloor): Promise<string> {
  const texts: string[] = [];
  for (const name of await redis.keys('*')) {
    const key = name.replace(/^pooler:/, '');
    const type = await redis.type(key);
    if (type === 'string') texts.push((await redis.get(key)) ?? '');
    if (type === 'hash') texts.push(JSON.stringify(await redis.hgetall(key)));
    if (type === 'stream') texts.push(JSON.stringify(await redis.xrange(key, '-', '+')));
    if (type === 'zset') texts.push(JSON.stringify(await redis.zrange(key, '0', '-1')));
    if (type === 'list') texts.push(JSON.stringify(await redis.lrange(key, 0, -1)));
  }
  expect(texts.length).toBeGreaterThan(5);
  return texts.join('\n');
}
