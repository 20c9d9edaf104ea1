import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planRun, type CampaignSpec, type RunPlan } from '#libs/campaign';
import { invariant, seededRng, systemClock } from '#libs/kernel';
import { LocalRun, type RunOutcome } from '#libs/run';
import { ClientLoad, canaryOf } from '#libs/run/client';
import { TestServer } from '../cli/test-server.ts';

const TARGET = {
  maxRatePerSecond: 1_000,
  maxConcurrency: 100,
  faults: true,
  drills: false,
  hasControlUrl: false,
  hasProxy: false,
};

let server: TestServer;

beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

/** A second of stages between half a second of baseline and half of recovery: 50/s, and two workers of 25 requests. */
function specOf(changes: Partial<CampaignSpec> = {}): CampaignSpec {
  const request = { method: 'GET', path: '/' };
  return {
    name: 'real',
    target: 'local',
    policies: { timeoutMs: 1_000, deadlineMs: 5_000, breaker: false },
    phases: { baselineMs: 500, recoveryMs: 500 },
    scenarios: [
      { name: 'open', model: 'open', stages: [{ durationMs: 1_000, ratePerSecond: 50 }], request },
      { name: 'closed', model: 'closed', concurrency: 2, requests: 50, request },
    ],
    faults: [],
    checks: [],
    guardrails: [],
    ...changes,
  };
}

async function run(spec: CampaignSpec, segments = 1): Promise<{ outcome: RunOutcome; plan: RunPlan }> {
  const planned = planRun(spec, TARGET, { seed: 7, segments });
  invariant(planned.kind === 'planned', 'the campaign can be planned');
  const { plan } = planned;
  const baseUrl = new URL(`http://127.0.0.1:${server.port}`);
  const clock = systemClock;
  const canary = canaryOf(spec, baseUrl);
  const nothing = async (): Promise<void> => Promise.resolve();
  const local = new LocalRun(
    { spec, plan, isDryRun: false },
    {
      clock,
      wallNowMs: Date.now,
      load: new ClientLoad({ runId: 'real', spec, seed: 7, baseUrl, clock, rng: seededRng(7) }),
      faults: { apply: nothing, remove: nothing, removeAll: nothing },
      canary,
      onNews: () => {},
    },
  );
  const outcome = await local.run();
  await canary.close();
  return { outcome, plan };
}

function sumOf(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count = 0) => sum + count, 0);
}

describe('a campaign over real sockets', () => {
  it('accounts for every request that the server has seen, each in one cell', async () => {
    // Retried, and yet an answer for the canary.
    server.answer = (n) => (n % 10 === 0 ? 429 : 200);
    const { outcome } = await run(specOf());
    const { counts, attribution } = outcome.tally.total();
    // Three more are the canary's.
    expect(counts.attempts).toBe(server.requests - 3);
    expect(sumOf(attribution)).toBe(counts.requests);
    expect(counts.ok + counts.failed).toBe(counts.requests);
    expect(attribution['organic/after-retry']).toBeGreaterThan(0);
    expect(outcome.state).toMatchObject({ kind: 'completed', isRecovered: true });
  });

  it('sends every arrival of the plan, in any number of segments', async () => {
    const [open] = specOf().scenarios;
    const { outcome } = await run(specOf({ scenarios: [open!] }), 3);
    const { baseline, stages, recovery } = outcome.tally.phases;
    expect([baseline, stages, recovery].map(({ counts }) => counts.arrivals + counts.missed)).toEqual([
      25, 50, 25,
    ]);
    expect(outcome.tally.total().counts.requests).toBe(outcome.tally.total().counts.arrivals);
  });
});
