import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { seededRng } from '#libs/kernel';
import type { DrillReport, Drills, DrillSpec } from '#libs/kube';

import { Release } from './release.ts';

let release: Release;
let drills: Drills;

beforeAll(async () => {
  release = await Release.prepare('drills');
  drills = await release.drills();
});

afterAll(async () => {
  await release[Symbol.asyncDispose]();
});

function target(differing: Partial<DrillSpec> = {}): DrillSpec {
  return {
    namespace: release.namespace,
    selector: { app: 'target' },
    mode: 'one',
    action: 'evict',
    ...differing,
  };
}

async function drill(spec: DrillSpec, by = drills): Promise<DrillReport> {
  const plan = await by.plan(spec, 1, seededRng(1));
  return by.execute(plan, { reason: 'a test', signal: new AbortController().signal });
}

describe('a drill on a real cluster', () => {
  it('evicts one of two pods, tells why on it, and sees its replacement', async () => {
    await release.install('service.enabled=false', 'target.preStopSeconds=1');
    const { victims, watchError } = await drill(target());
    expect(watchError).toBeUndefined();
    expect(victims).toMatchObject([
      {
        workload: 'Deployment/pooler-target',
        finding: { kind: 'accepted' },
        terminating: { objectAtEpochMs: expect.any(Number) },
        deleted: { seenAtMs: expect.any(Number) },
        replacement: { ready: { objectAtEpochMs: expect.any(Number) } },
      },
    ]);
    const events = await release.kubectl(
      'get',
      'events',
      '--field-selector',
      'reason=PoolerDrill',
      '--output',
      'name',
    );
    expect(events.trim().split('\n')).toHaveLength(1);
  });

  it('is blocked by a disruption budget, and says so as a finding', async () => {
    await release.install('service.enabled=false', 'target.replicas=1');
    expect((await drills.preview(target())).budgets).toEqual([
      { name: 'pooler-target', disruptionsAllowed: 0 },
    ]);
    const { victims } = await drill(target());
    expect(victims).toMatchObject([{ finding: { kind: 'blocked' }, terminating: undefined }]);
  });

  it('deletes past the budget, and sees the only pod replaced', async () => {
    await release.install('service.enabled=false', 'target.replicas=1', 'target.preStopSeconds=0');
    const { victims } = await drill(target({ action: 'delete' }));
    expect(victims).toMatchObject([
      { finding: { kind: 'accepted' }, replacement: { pod: expect.any(String) } },
    ]);
  });

  it('leaves pods alone whose owner did not opt in', async () => {
    await release.install('service.enabled=false', 'target.drills=never');
    const { candidates, excluded } = await drills.preview(target());
    expect(candidates).toEqual([]);
    expect(excluded.map(({ reason }) => reason)).toContain('opted-out');
    await expect(drill(target())).rejects.toThrow('got 0 candidates');
  });

  it('leaves nothing behind when the chart is uninstalled', async () => {
    await release.uninstall();
    await expect.poll(() => release.objects(), { timeout: 60_000 }).toBe('');
  });
});

describe("the worker's rights on a real cluster", () => {
  beforeAll(async () => {
    // Its pods would need what a target alone does not have; the rights are those of the whole chart.
    await release.install(
      'worker.replicas=0',
      'api.replicas=0',
      'redis.enabled=false',
      'redis.url=redis://none:6379',
    );
  });

  it('are enough for an eviction', async () => {
    const { victims } = await drill(target(), await release.drills('pooler-worker'));
    expect(victims[0]?.finding).toMatchObject({ kind: 'accepted' });
  });

  it('do not reach another namespace', async () => {
    const worker = await release.drills('pooler-worker');
    const elsewhere = target({ namespace: 'kube-system' });
    await expect(worker.preview(elsewhere)).rejects.toMatchObject({ name: 'KubeError', status: 403 });
  });

  it('do not let it delete unless the chart was told so', async () => {
    const worker = await release.drills('pooler-worker');
    const { victims } = await drill(target({ action: 'delete' }), worker);
    expect(victims[0]?.finding).toMatchObject({ kind: 'failed', reason: expect.stringContaining('403') });
  });

  it('do not let the api take anything away', async () => {
    const api = await release.drills('pooler-api');
    const { candidates } = await api.preview(target());
    expect(candidates.length).toBeGreaterThan(0);
    const { victims } = await drill(target(), api);
    expect(victims[0]?.finding).toMatchObject({ kind: 'failed', reason: expect.stringContaining('403') });
  });
});
