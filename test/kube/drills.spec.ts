import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { seededRng, systemClock } from '#libs/kernel';
import { type DrillPlan, type DrillReport, type DrillSpec, Drills, HttpKube } from '#libs/kube';

import { FakeCluster } from './fake-cluster.ts';

const SPEC: DrillSpec = { namespace: 'demo', selector: { app: 'web' }, mode: 'one', action: 'evict' };
const PODS = '/api/v1/namespaces/demo/pods';

let cluster: FakeCluster;
let kube: HttpKube;
let drills: Drills;

beforeEach(async () => {
  cluster = await FakeCluster.start(3);
  kube = new HttpKube(cluster.connection, { clock: systemClock, today: () => new Date() });
  drills = new Drills(kube, { clock: systemClock });
});

afterEach(async () => {
  kube.close();
  await cluster[Symbol.asyncDispose]();
});

function plan(differing: Partial<DrillSpec> = {}): Promise<DrillPlan> {
  return drills.plan({ ...SPEC, ...differing }, 3, seededRng(7));
}

function execute(drill: DrillPlan, signal = new AbortController().signal): Promise<DrillReport> {
  return drills.execute(drill, { reason: 'run r1', signal, timeoutMs: 20_000 });
}

describe('a drill', () => {
  it('takes its victim away, says so on the pod, and sees it replaced', async () => {
    const drill = await plan();
    const name = drill.victims[0]?.pod.name;
    const report = await execute(drill);
    expect(report).toEqual({
      watchError: undefined,
      victims: [
        {
          pod: name,
          uid: `uid-${name}`,
          workload: 'Deployment/web',
          action: 'evict',
          finding: { kind: 'accepted', atMs: expect.any(Number) },
          terminating: { objectAtEpochMs: expect.any(Number), seenAtMs: expect.any(Number) },
          deleted: { objectAtEpochMs: undefined, seenAtMs: expect.any(Number) },
          replacement: {
            pod: 'web-1-4',
            ready: { objectAtEpochMs: expect.any(Number), seenAtMs: expect.any(Number) },
          },
        },
      ],
    });
    expect(cluster.podNames).not.toContain(name);
    expect(cluster.events).toMatchObject([
      { involvedObject: { name }, message: `Pooler drill: evict ${name}, run r1` },
    ]);
  });

  it('takes several away, each with a replacement of its own', async () => {
    const { victims } = await execute(await plan({ mode: 'all', action: 'delete' }));
    const replacements = victims.map(({ replacement }) => replacement?.pod);
    expect(new Set(replacements)).toEqual(new Set(['web-1-4', 'web-1-5', 'web-1-6']));
  });

  it('reports a disruption budget that forbids it as a finding', async () => {
    cluster.disruptionsAllowed = 0;
    const drill = await plan();
    expect((await drills.preview(SPEC)).budgets).toEqual([{ name: 'web', disruptionsAllowed: 0 }]);
    const { victims } = await execute(drill);
    expect(victims[0]).toMatchObject({ finding: { kind: 'blocked' }, terminating: undefined });
    expect(cluster.podNames).toHaveLength(3);
  });

  it('spares a victim whose owner changed their mind after the plan', async () => {
    const drill = await plan();
    cluster.labels = {};
    const { victims } = await execute(drill);
    expect(victims[0]?.finding).toEqual({ kind: 'spared', reason: 'not-opted-in' });
    expect(cluster.podNames).toHaveLength(3);
    expect(cluster.events).toEqual([]);
  });

  it('spares a victim that is gone, and takes no other in its place', async () => {
    const drill = await plan();
    const [victim] = drill.victims;
    if (victim) await kube.remove(victim.pod, { action: 'delete' });
    const { victims } = await execute(drill);
    expect(victims[0]?.finding).toEqual({ kind: 'spared', reason: 'gone' });
    expect(cluster.podNames).toHaveLength(3);
  });

  it('reports what the API refused, and goes on with the next victim', async () => {
    const drill = await plan({ mode: 'fixed', value: 2 });
    const [first] = drill.victims;
    cluster.refusals.set(`POST ${PODS}/${first?.pod.name}/eviction`, {
      status: 403,
      body: { reason: 'Forbidden', message: 'pods/eviction is forbidden' },
    });
    const { victims } = await execute(drill);
    expect(victims.map(({ finding }) => finding.kind)).toEqual(['failed', 'accepted']);
  });

  it('does not take away what it cannot announce', async () => {
    const body = { reason: 'Forbidden', message: 'events is forbidden' };
    cluster.refusals.set('POST /api/v1/namespaces/demo/events', { status: 403, body });
    const { victims } = await execute(await plan());
    expect(victims[0]?.finding).toMatchObject({ kind: 'failed' });
    expect(cluster.podNames).toHaveLength(3);
  });

  it('does nothing once it is cancelled', async () => {
    const { victims } = await execute(await plan(), AbortSignal.abort());
    expect(victims[0]?.finding).toEqual({ kind: 'cancelled' });
    expect(cluster.podNames).toHaveLength(3);
  });

  it('is refused where it may take more pods than it may', async () => {
    await expect(drills.plan({ ...SPEC, mode: 'all' }, 2, seededRng(7))).rejects.toThrow(
      'blastRadius.maxPods, 2',
    );
  });

  it('fails where the cluster cannot be asked', async () => {
    const drill = await plan();
    const body = { reason: 'Forbidden', message: 'deployments is forbidden' };
    cluster.refusals.set('GET /apis/apps/v1/namespaces/demo/deployments', { status: 403, body });
    await expect(execute(drill)).rejects.toMatchObject({ name: 'KubeError', status: 403 });
    expect(cluster.podNames).toHaveLength(3);
  });
});
