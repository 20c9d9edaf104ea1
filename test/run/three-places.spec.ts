import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  PROXY_FAULT_SCOPES,
  TARGET_FAULT_MAGNITUDES,
  checkCampaign,
  planRun,
  type CampaignSpec,
} from '#libs/campaign';
import { invariant, seededRng, systemClock } from '#libs/kernel';
import { TOXIC_TYPES } from '#libs/proxy';
import { LocalRun, type RunNews, type RunOutcome } from '#libs/run';
import { ClientLoad, canaryOf, outerFaultsOf } from '#libs/run/client';
import { TARGET_FAULTS } from '#libs/target';
import { TestProxies } from '../proxy/control-client.ts';
import { ask } from '../target/ask.ts';
import { TargetProcess } from '../target/target-process.ts';

const LIMITS = {
  maxRatePerSecond: 1_000,
  maxConcurrency: 200,
  faults: true,
  drills: false,
  hasControlUrl: true,
  hasProxy: true,
};

const SPEC: CampaignSpec = {
  name: 'three-places',
  target: 'web',
  policies: { timeoutMs: 2_000, deadlineMs: 10_000, breaker: false, retry: { attempts: 1 } },
  phases: { baselineMs: 200, recoveryMs: 4_000 },
  // Closed: on a slow machine it sends less, and has a verdict all the same.
  scenarios: [
    {
      name: 'clients',
      model: 'closed',
      concurrency: 2,
      durationMs: 2_000,
      request: { method: 'GET', path: '/delay/20' },
    },
  ],
  faults: [
    { id: 'ours', type: 'status', magnitude: '599', where: 'client', probability: 0.1 },
    {
      id: 'between',
      type: 'http_status',
      where: 'proxy',
      attributes: { status: 598 },
      startMs: 300,
      durationMs: 400,
    },
    { id: 'theirs', type: 'status', magnitude: '597', where: 'target', startMs: 1_200, durationMs: 400 },
  ],
  checks: ['failed.rate <= 90%'],
  guardrails: [],
};

let target: TargetProcess;
let proxies: TestProxies;
let baseUrl: URL;
let controlUrl: URL;

beforeAll(async () => {
  target = new TargetProcess('--port', '0', '--supervise');
  const { port } = await target.listening();
  controlUrl = new URL(await target.control());
  proxies = await TestProxies.start();
  baseUrl = new URL(`http://127.0.0.1:${await proxies.proxyTo(port)}`);
});
afterAll(async () => {
  target[Symbol.dispose]();
  await proxies[Symbol.asyncDispose]();
});

/** Runs the campaign and aborts it when `onNews` says so. */
async function run(isOver: (news: RunNews) => boolean = () => false) {
  expect(checkCampaign(SPEC)).toEqual([]);
  const planned = planRun(SPEC, LIMITS, { seed: 7, segments: 1 });
  invariant(planned.kind === 'planned', 'the campaign can be planned');
  const clock = systemClock;
  const canary = canaryOf(SPEC, baseUrl);
  const proxy = { controlUrl: new URL(proxies.url), name: 'web' };
  const faults = outerFaultsOf(SPEC, { controlUrl, proxy, clock });
  const load = new ClientLoad({ runId: 'places', spec: SPEC, seed: 7, baseUrl, clock, rng: seededRng(7) });
  const changes: string[] = [];
  const local: LocalRun = new LocalRun(
    { spec: SPEC, plan: planned.plan, isDryRun: false },
    {
      clock,
      wallNowMs: Date.now,
      load,
      faults,
      canary,
      onNews: (news) => {
        if (news.kind === 'fault') changes.push(`${news.faultId} ${news.change}`);
        if (isOver(news)) local.abort({ by: 'user', reason: 'enough' }, 'graceful');
      },
    },
  );
  const outcome: RunOutcome = await local.run();
  await Promise.all([canary.close(), faults.close()]);
  return { outcome, changes };
}

/** What is left in force at the target and in the proxy. */
async function leftOver(): Promise<unknown> {
  const ofTarget = await ask(`${controlUrl.origin}/faults`, { method: 'GET' });
  const { text } = await proxies.send('GET', '/proxies/web/toxics');
  return [JSON.parse(ofTarget.body.toString()), JSON.parse(text)];
}

const NOTHING = [{ faults: [] }, []];

describe('a campaign with faults of the client, the proxy and the target', () => {
  it('meets all three in one run, has a verdict, and leaves nothing behind', async () => {
    const { outcome, changes } = await run();
    expect(outcome.state).toMatchObject({ kind: 'completed', isRecovered: true });
    expect(outcome.verdict).toBe('pass');
    expect(changes).toEqual(['between applied', 'between removed', 'theirs applied', 'theirs removed']);
    const { baseline, stages, recovery } = outcome.tally.phases;
    for (const error of ['HTTP_599', 'HTTP_598', 'HTTP_597']) {
      expect(stages.errors[error], error).toBeGreaterThan(0);
    }
    // What befalls the peer and the network between is organic for the client, which knows only its own faults.
    expect(stages.attribution['injected/surfaced']).toBe(stages.errors['HTTP_599']);
    expect(stages.attribution['organic/surfaced']).toBeGreaterThan(0);
    expect([baseline, recovery].map(({ errors }) => errors)).toEqual([{}, {}]);
    expect(await leftOver()).toEqual(NOTHING);
    const effects = SPEC.faults.map(({ id }) => outcome.faultEffects.get(id));
    for (const [index, startMs, endMs] of [
      [0, 0, 2_000],
      [1, 300, 700],
      [2, 1_200, 1_600],
    ] as const) {
      expect(effects[index]?.detectedMs).toBeGreaterThanOrEqual(startMs);
      expect(effects[index]?.recoveredMs).toBeGreaterThanOrEqual(endMs);
    }
  });

  it('that is aborted in the midst of a fault leaves nothing behind either', async () => {
    const { outcome, changes } = await run(
      (news) => news.kind === 'fault' && news.faultId === 'between' && news.change === 'applied',
    );
    expect(outcome.state.kind).toBe('aborted');
    expect(changes).toEqual(['between applied']);
    expect(await leftOver()).toEqual(NOTHING);
  });
});

describe('the faults that a campaign knows', () => {
  it('are those that a target has, with magnitudes that it takes', () => {
    expect(Object.keys(TARGET_FAULT_MAGNITUDES)).toEqual(Object.keys(TARGET_FAULTS));
    for (const [type, { allowed }] of Object.entries(TARGET_FAULT_MAGNITUDES)) {
      expect([type, allowed]).toEqual([type, Reflect.get(TARGET_FAULTS, type).magnitude.allowed]);
    }
  });

  it('are those that the proxy has, drawn for what they are there, and down', () => {
    const { down: _, ...scopes } = PROXY_FAULT_SCOPES;
    const { noop: __, ...toxics } = TOXIC_TYPES;
    expect(scopes).toEqual(
      Object.fromEntries(Object.entries(toxics).map(([type, { scope }]) => [type, scope])),
    );
  });
});
