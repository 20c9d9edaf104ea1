import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CampaignDocument } from '#libs/contracts';
import { ServiceWorker, TargetWorld } from '#libs/service';
import { FakeCluster } from '../../kube/fake-cluster.ts';
import { RecordingTarget } from '../support/recording-target.ts';
import { REDIS_KINDS } from '../support/redis-kinds.ts';
import { RunFloor } from '../support/run-floor.ts';

const kind = REDIS_KINDS.find(({ isAvailable }) => isAvailable)!;

const CAMPAIGN: CampaignDocument = {
  name: 'drilled',
  target: 'local',
  seed: 42,
  phases: { recovery: '500ms' },
  scenarios: [{ name: 'health', model: 'open', stages: [{ duration: '2s', target: '20/s' }], request: {} }],
  drill: { namespace: 'demo', selector: { app: 'web' }, action: 'evict', at: '500ms' },
};

describe('the drill of a run', { timeout: 60_000 }, () => {
  let floor: RunFloor;
  let target: RecordingTarget;
  let folder: string;
  let cluster: FakeCluster;
  let worker: ServiceWorker;

  beforeAll(async () => {
    floor = await RunFloor.open(kind, 1);
    target = await RecordingTarget.start();
    await floor.addTarget('local', target.url);
    folder = await mkdtemp(join(tmpdir(), 'pooler-kube-'));
  });

  afterAll(async () => {
    await floor[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    cluster = await FakeCluster.start(3);
    const file = join(folder, 'kubeconfig');
    await writeFile(file, kubeconfigOf(cluster));
    const world = new TargetWorld({
      secretsDir: undefined,
      controlTokenFile: undefined,
      cluster: { env: { KUBECONFIG: file }, ownPod: undefined, namespaces: ['demo'] },
    });
    const { service, redisUrl } = floor;
    const limits = { maxRuns: 1, maxSegments: 1 };
    worker = new ServiceWorker({ service, redisUrl, world, limits, onError: () => {} });
  });

  afterEach(async () => {
    await worker.close();
    await cluster[Symbol.asyncDispose]();
  });

  it('takes away what the plan has chosen, says why on the pod, and follows it', async () => {
    const run = await floor.start(CAMPAIGN);
    const { state, drill } = await floor.ended(run);
    expect(state).toBe('completed');
    expect(drill).toMatchObject({
      action: 'evict',
      victims: [
        {
          finding: 'accepted',
          workload: 'Deployment/web',
          actedMs: expect.any(Number),
          terminating: { objectAt: expect.any(String), seenMs: expect.any(Number) },
          deleted: { seenMs: expect.any(Number) },
          replacement: { pod: 'web-1-4', ready: { objectAt: expect.any(String) } },
        },
      ],
    });
    expect(cluster.events).toMatchObject([
      { message: expect.stringContaining(`run ${run.id} of campaign drilled`) },
    ]);
    expect(cluster.podNames).toHaveLength(3);
  });

  it('chooses the same victim for the same seed, before anything is sent', async () => {
    const victims: unknown[] = [];
    for (const _ of [1, 2]) {
      cluster.disruptionsAllowed = 0;
      const { drill } = await floor.ended(await floor.start(CAMPAIGN));
      victims.push(drill?.victims);
    }
    expect(victims[0]).toMatchObject([{ finding: 'blocked', reason: expect.stringContaining('budget') }]);
    expect(victims[0]).toEqual(victims[1]);
    expect(cluster.podNames).toEqual(['web-1-1', 'web-1-2', 'web-1-3']);
  });

  it('is shown by a dry run, which changes nothing', async () => {
    const { state, drill } = await floor.ended(await floor.start(CAMPAIGN, true));
    expect(state).toBe('completed');
    expect(drill).toMatchObject({
      candidates: [{ pod: 'web-1-1' }, { pod: 'web-1-2' }, { pod: 'web-1-3' }],
      excluded: [],
      budgets: [{ name: 'web', disruptionsAllowed: 1 }],
    });
    expect(cluster.events).toEqual([]);
  });

  it.each([
    [
      'in a namespace that is not listed',
      { namespace: 'kube-system' },
      'drill.namespace must be one of those for drills (demo), got kube-system',
    ],
    ['of more pods than it may', { mode: 'all' as const }, 'drill must be within blastRadius.maxPods, 2'],
  ])('%s ends its run as an error, before anything is sent', async (_, differing, error) => {
    target.seen.length = 0;
    const ended = await floor.ended(
      await floor.start({
        ...CAMPAIGN,
        drill: { ...CAMPAIGN.drill!, ...differing },
        blastRadius: { maxPods: 2 },
      }),
    );
    expect(ended.state).toBe('errored');
    expect(ended.error).toContain(error);
    expect(target.seen).toEqual([]);
    expect(cluster.events).toEqual([]);
  });
});

function kubeconfigOf({ connection }: FakeCluster): string {
  const { server, credentials } = connection;
  return JSON.stringify({
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    clusters: [{ name: 'fake', cluster: { server: server.href } }],
    users: [{ name: 'fake', user: credentials.kind === 'token' ? { token: credentials.token } : {} }],
  });
}
