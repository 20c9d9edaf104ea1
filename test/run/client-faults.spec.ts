import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRun, runDigest, type CampaignSpec, type FaultSpec, type RunPlan } from '#libs/campaign';
import { PASS, VerdictDigest, type Verdict } from '#libs/faults';
import { invariant, seededRng, systemClock } from '#libs/kernel';
import { channels, type FaultRecord } from '#libs/records';
import { LocalRun, type RunOutcome } from '#libs/run';
import { ClientLoad, canaryOf, outerFaultsOf } from '#libs/run/client';
import { TestServer } from '../cli/test-server.ts';

const TARGET = {
  maxRatePerSecond: 1_000,
  maxConcurrency: 200,
  faults: true,
  drills: false,
  hasControlUrl: false,
  hasProxy: false,
};
const RATE = 100;

/** Without chance in their magnitudes, so that a record of what struck is as good as its verdict. */
const FAULTS: readonly FaultSpec[] = [
  { id: 'resets', type: 'reset', where: 'client', probability: 0.2, startMs: 0, durationMs: 500 },
  { id: 'unavailable', type: 'status', magnitude: '503', where: 'client', probability: 0.1 },
  { id: 'slow', type: 'latency', magnitude: '5ms', where: 'client', every: 7, fromRequest: 40, requests: 30 },
];

const VERDICTS: Readonly<Record<string, Verdict>> = {
  resets: { kind: 'reset', faultId: 'resets' },
  unavailable: { kind: 'status', faultId: 'unavailable', statusCode: 503 },
  slow: { kind: 'latency', faultId: 'slow', delayMs: 5 },
};

let server: TestServer;
let once: Ran;

beforeAll(async () => {
  server = await TestServer.start();
  once = await run(specOf());
});
afterAll(() => server[Symbol.asyncDispose]());

/** A second of 100/s with faults, between 200 ms of baseline and as much of recovery without. */
function specOf(changes: Partial<CampaignSpec> = {}): CampaignSpec {
  return {
    name: 'faulty',
    target: 'local',
    policies: { timeoutMs: 2_000, deadlineMs: 10_000, breaker: false, retry: { attempts: 5 } },
    phases: { baselineMs: 200, recoveryMs: 200 },
    scenarios: [
      {
        name: 'health',
        model: 'open',
        stages: [{ durationMs: 1_000, ratePerSecond: RATE }],
        request: { method: 'GET', path: '/' },
      },
    ],
    faults: FAULTS,
    checks: [],
    guardrails: [],
    ...changes,
  };
}

interface Ran {
  readonly plan: RunPlan;
  readonly outcome: RunOutcome;
  /** Every verdict that was carried out, in the order of the requests. */
  readonly struck: readonly FaultRecord[];
}

async function run(spec: CampaignSpec, { seed = 7, segments = 1 } = {}): Promise<Ran> {
  const planned = planRun(spec, TARGET, { seed, segments });
  invariant(planned.kind === 'planned', 'the campaign can be planned');
  const { plan } = planned;
  const baseUrl = new URL(`http://127.0.0.1:${server.port}`);
  const clock = systemClock;
  const canary = canaryOf(spec, baseUrl);
  const struck: FaultRecord[] = [];
  const unsubscribe = channels.fault.subscribe((record) => struck.push(record));
  const local = new LocalRun(
    { spec, plan, isDryRun: false },
    {
      clock,
      wallNowMs: Date.now,
      load: new ClientLoad({ runId: 'faulty', spec, seed, baseUrl, clock, rng: seededRng(seed) }),
      faults: outerFaultsOf(spec, { controlUrl: undefined, clock }),
      canary,
      onNews: () => {},
    },
  );
  const outcome = await local.run();
  unsubscribe();
  await canary.close();
  struck.sort((a, b) => a.requestSeq - b.requestSeq || a.attempt - b.attempt);
  return { plan, outcome, struck };
}

/** The digest of what the requests met on their first attempts. */
function digestOf(struck: readonly FaultRecord[], requests: number): string {
  const byRequest = new Map(
    struck.filter(({ attempt }) => attempt === 1).map((record) => [record.requestSeq, record]),
  );
  const digest = new VerdictDigest();
  for (let seq = 0; seq < requests; seq += 1)
    digest.add(seq, VERDICTS[byRequest.get(seq)?.faultId ?? ''] ?? PASS);
  return runDigest([{ name: 'health', digest: digest.hex() }]);
}

function hitsOf({ faultEffects }: RunOutcome): Record<string, number | undefined> {
  return Object.fromEntries(Array.from(faultEffects, ([id, { hits }]) => [id, hits]));
}

function countBy(struck: readonly FaultRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { faultId } of struck) counts[faultId] = (counts[faultId] ?? 0) + 1;
  return counts;
}

describe('the faults of a campaign over real sockets', () => {
  it('are those that the plan has announced, each counted, and the retries hide them', () => {
    const { plan, outcome, struck } = once;
    expect(digestOf(struck, RATE)).toBe(plan.digest);
    expect(hitsOf(outcome)).toEqual(countBy(struck));
    const first = struck.filter(({ attempt }) => attempt === 1);
    expect(countBy(first)).toEqual(
      Object.fromEntries(plan.faults.map(({ id, expectedHits }) => [id, expectedHits])),
    );

    const { baseline, stages, recovery } = outcome.tally.phases;
    expect(stages.attribution['injected/after-retry']).toBeGreaterThan(0);
    expect(stages.attribution['injected/first-try']).toBeGreaterThan(0);
    expect([baseline, recovery].map(({ counts }) => counts.retries)).toEqual([0, 0]);
    expect([baseline, recovery].map(({ attribution }) => attribution)).toEqual([
      { 'none/first-try': 20 },
      { 'none/first-try': 20 },
    ]);
    expect(outcome.tally.total().counts).toMatchObject({ requests: 140, ok: 140, failed: 0, missed: 0 });
  });

  it('keep to their windows, by time and by number', () => {
    const seqsOf = (id: string): number[] =>
      once.struck
        .filter(({ faultId, attempt }) => faultId === id && attempt === 1)
        .map(({ requestSeq }) => requestSeq);
    // Half a second of 100/s.
    expect(Math.max(...seqsOf('resets'))).toBeLessThan(50);
    expect(seqsOf('slow')).toSatisfy((seqs: number[]) =>
      seqs.every((seq) => [40, 47, 54, 61, 68].includes(seq)),
    );
  });

  it('are the same with the same seed, in any number of segments, and others with another', async () => {
    const firsts = ({ struck }: Ran): string[] =>
      struck
        .filter(({ attempt }) => attempt === 1)
        .map(({ requestSeq, faultId }) => `${requestSeq} ${faultId}`);
    const again = await run(specOf(), { segments: 4 });
    const other = await run(specOf(), { seed: 8 });
    expect(again.plan.digest).toBe(once.plan.digest);
    expect(firsts(again)).toEqual(firsts(once));
    expect(other.plan.digest).not.toBe(once.plan.digest);
    expect(digestOf(other.struck, RATE)).toBe(other.plan.digest);
  });

  it('a crash cuts the connections of its client in the middle of the stages, and all recovers', async () => {
    const crash: FaultSpec = {
      id: 'kill',
      type: 'crash',
      magnitude: '100ms',
      where: 'client',
      fromRequest: 50,
    };
    const { outcome } = await run(specOf({ faults: [crash] }));
    expect(hitsOf(outcome)).toEqual({ kill: 1 });
    const { baseline, stages, recovery } = outcome.tally.phases;
    expect(stages.errors['PLR_CONNECT_REFUSED']).toBeGreaterThan(0);
    expect([baseline, recovery].map(({ errors }) => errors)).toEqual([{}, {}]);
    expect(outcome.state).toMatchObject({ kind: 'completed', isRecovered: true });
  });
});
