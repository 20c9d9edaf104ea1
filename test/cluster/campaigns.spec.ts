import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Run } from '#libs/contracts';

import type { ServiceClient } from '../service/support/service-client.ts';
import { Release } from './release.ts';

const RATE = 100;
const BASELINE_S = 1;
const RECOVERY_S = 3;
const RUN_TIMEOUT_MS = 90_000;
/** How long after the replacement's readiness requests may still fail. Printed beside the figure: times depend on the machine. */
const RECOVERY_BOUND_MS = 2_000;
/** A run counts by the second, so a recovery shows up to this much late. */
const RESOLUTION_MS = 1_000;

/** What of a victim these tests look at; see `GET /runs/{id}`. */
interface Victim {
  readonly finding: string;
  readonly actedMs: number;
  readonly terminating: { readonly seenMs: number };
  readonly deleted: { readonly seenMs: number };
  readonly replacement: { readonly pod: string; readonly ready: { readonly seenMs: number } };
  readonly firstAffectedMs?: number;
  readonly recoveredMs?: number;
  readonly recoveredAfterReadyMs?: number;
}

let release: Release;
let service: ServiceClient;

beforeAll(async () => {
  release = await Release.prepare('campaigns');
  await install();
  service = await release.service();
  await service.post('/targets', {
    name: 'target',
    baseUrl: 'http://pooler-target',
    controlUrl: 'http://pooler-target:8081',
    maxRate: '200/s',
    maxConcurrency: 200,
    faults: true,
    drills: true,
    allowPrivate: true,
  });
});

afterAll(async () => {
  await release?.[Symbol.asyncDispose]();
});

/** Only the target's values differ, so that api, worker and Redis stay as they are. */
function install(...values: readonly string[]): Promise<void> {
  return release.install('drills.allowDelete=true', 'target.control.enabled=true', ...values);
}

/** A campaign at 100 requests per second. */
function campaign(name: string, stageS: number, differing: object): object {
  return {
    name,
    target: 'target',
    seed: 42,
    phases: { baseline: `${BASELINE_S}s`, recovery: `${RECOVERY_S}s` },
    scenarios: [
      {
        name: 'health',
        model: 'open',
        stages: [{ duration: `${stageS}s`, target: `${RATE}/s` }],
        request: { method: 'GET', path: '/health' },
      },
    ],
    ...differing,
  };
}

function drill(action: 'evict' | 'delete', namespace = release.namespace): object {
  return { drill: { namespace, selector: { app: 'target' }, mode: 'one', action, at: '2s' } };
}

/** Every arrival of the plan is in exactly one count. */
function expectCountedOnce({ summary }: Run, stageS: number): void {
  const { requests = 0, missed = 0, ok = 0, failed = 0, attribution = {} } = summary ?? {};
  expect(requests + missed).toBe((BASELINE_S + stageS + RECOVERY_S) * RATE);
  expect(ok + failed).toBe(requests);
  expect(Object.values(attribution).reduce((sum, count) => sum + count, 0)).toBe(requests);
}

function onlyVictim({ drill: report }: Run): Victim {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract leaves the form of a drill open
  const { victims } = report as { readonly victims: readonly Victim[] };
  expect(victims).toHaveLength(1);
  // oxlint-disable-next-line typescript/no-non-null-assertion -- there is one
  return victims[0]!;
}

function expectReplacedInOrder({ actedMs, terminating, deleted, replacement }: Victim): void {
  const times = [actedMs, terminating.seenMs, Math.max(deleted.seenMs, replacement.ready.seenMs)];
  expect(times).toEqual(times.toSorted((a, b) => a - b));
}

describe('a campaign over REST on a real cluster', () => {
  it('that evicts one of two pods surfaces no failure of a GET', async () => {
    const run = await service.run(
      campaign('evicts', 15, { ...drill('evict'), checks: ['surfaced.rate <= 0%', 'failed.rate <= 0%'] }),
      RUN_TIMEOUT_MS,
    );
    expect(run).toMatchObject({ state: 'completed', summary: { failed: 0, surfaced: 0 } });
    expect(run.checks.map(({ state }) => state)).toEqual(['pass', 'pass']);
    expect(run.verdict).toBe('pass');
    expectCountedOnce(run, 15);
    const victim = onlyVictim(run);
    expect(victim.finding).toBe('accepted');
    expectReplacedInOrder(victim);
    expect(await eventsOfDrills()).toHaveLength(1);
  });

  it('that crashes the process of a pod by its control port removes the fault again', async () => {
    await install('target.replicas=1');
    const fault = { id: 'crash', type: 'crash', where: 'target', start: '1s', duration: '300ms' };
    const run = await service.run(campaign('crashes', 4, { faults: [fault] }), RUN_TIMEOUT_MS);
    // A run whose crash did not take place, or whose target is not up again, ends as errored.
    expect(run).toMatchObject({ state: 'completed' });
    expectCountedOnce(run, 4);
    expect(untypedFailures(run)).toEqual([]);
  });

  it('whose eviction a disruption budget forbids says so, and nothing else happens', async () => {
    const run = await service.run(campaign('blocked', 4, drill('evict')), RUN_TIMEOUT_MS);
    expect(run).toMatchObject({
      state: 'completed',
      summary: { failed: 0 },
      drill: { victims: [{ finding: 'blocked', reason: expect.stringContaining('disruption budget') }] },
    });
    expectCountedOnce(run, 4);
  });

  it('that deletes the only pod has typed failures only, and recovers when the next is ready', async () => {
    await install('target.replicas=1', 'target.preStopSeconds=0');
    const run = await service.run(campaign('deletes', 15, drill('delete')), RUN_TIMEOUT_MS);
    expect(run).toMatchObject({ state: 'completed' });
    expectCountedOnce(run, 15);
    expect(untypedFailures(run)).toEqual([]);
    const victim = onlyVictim(run);
    expect(victim.finding).toBe('accepted');
    expectReplacedInOrder(victim);
    expect(victim.firstAffectedMs).toBeDefined();
    const { recoveredAfterReadyMs } = victim;
    console.log(
      `recovered ${recoveredAfterReadyMs} ms after the replacement was ready, bound ${RECOVERY_BOUND_MS} ms, resolution ${RESOLUTION_MS} ms`,
    );
    expect(recoveredAfterReadyMs).toBeDefined();
  });

  it('with a drill in a namespace that is not listed is refused before anything is sent', async () => {
    const run = await service.run(campaign('elsewhere', 4, drill('evict', 'kube-system')), RUN_TIMEOUT_MS);
    expect(run).toMatchObject({
      state: 'errored',
      verdict: 'error',
      error: expect.stringContaining('kube-system'),
    });
    expect(run.summary?.requests ?? 0).toBe(0);
  });
});

describe('the chart on a real cluster', () => {
  it('passes its own test', async () => {
    expect(await release.test()).toContain('Succeeded');
  });

  it('leaves nothing behind when it is uninstalled', async () => {
    await release.uninstall();
    await expect.poll(() => release.objects(), { timeout: 60_000 }).toBe('');
  });
});

/** Failures of attempts whose code is neither one of ours nor a status. */
function untypedFailures({ summary }: Run): string[] {
  return Object.keys(summary?.errors ?? {}).filter((code) => !/^(PLR_[A-Z_]+|HTTP_\d{3})$/.test(code));
}

async function eventsOfDrills(): Promise<string[]> {
  const selector = ['--field-selector', 'reason=PoolerDrill', '--output', 'name'];
  return (await release.kubectl('get', 'events', ...selector)).trim().split('\n');
}
