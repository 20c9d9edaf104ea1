import { afterEach, beforeEach, expect, it } from 'vitest';
import { schedulesOf, type CampaignSpec } from '#libs/campaign';
import { systemClock, systemRng } from '#libs/kernel';
import { FaultSightings } from '#libs/run';
import { ClientLoad, canaryOf, type ClientLoadOptions } from '#libs/run/client';
import { RunTally, SecondWindows } from '#libs/stats';
import { TestServer } from '../cli/test-server.ts';

const SPEC: CampaignSpec = {
  name: 'five',
  target: 'local',
  policies: { timeoutMs: 1_000, deadlineMs: 5_000 },
  phases: { baselineMs: 0, recoveryMs: 0 },
  scenarios: [
    { name: 'all', model: 'closed', concurrency: 1, requests: 5, request: { method: 'GET', path: '/' } },
  ],
  faults: [],
  checks: [],
  guardrails: [],
};

let server: TestServer;
let baseUrl: URL;

beforeEach(async () => {
  server = await TestServer.start();
  baseUrl = new URL(`http://127.0.0.1:${server.port}`);
});
afterEach(() => server[Symbol.asyncDispose]());

/** Sends the five requests; returns what became of them. */
async function send(options: Partial<ClientLoadOptions>) {
  const [clock, rng] = [systemClock, systemRng];
  const load = new ClientLoad({ runId: 'run', spec: SPEC, seed: 1, baseUrl, clock, rng, ...options });
  const counts = {
    tally: new RunTally(),
    seconds: new SecondWindows(10),
    faults: new FaultSightings([], 0),
  };
  const [scenario] = schedulesOf(SPEC);
  const share = {
    scenario: scenario!,
    segment: { index: 0, count: 1 },
    t0AtMs: clock.nowMs(),
    fromMs: -Infinity,
    maxInFlight: 1,
    drainMs: 1_000,
    maySend: () => true,
  };
  const scenarioLoad = load.begin(share, counts);
  await scenarioLoad.run();
  scenarioLoad.cut();
  return counts.tally.total();
}

it('a load connects to no address that is not allowed, and neither does its canary', async () => {
  const asked = new Set<string>();
  const allowAddress = (ip: string): boolean => {
    asked.add(ip);
    return false;
  };
  const { counts, errors } = await send({ allowAddress });
  expect(counts).toMatchObject({ requests: 5, failed: 5 });
  expect(errors).toEqual({ PLR_ADDRESS_DENIED: 5 });

  const canary = canaryOf(SPEC, baseUrl, allowAddress);
  expect(await canary()).toBe(false);
  await canary.close();
  expect([...asked]).toEqual(['127.0.0.1']);
  expect(server.connections).toBe(0);
});

it('a load asks for a trace of each request', async () => {
  let traces = 0;
  const startTrace = () => {
    traces += 1;
    return { traceparent: () => '00-00000000000000000000000000000001-0000000000000001-01' };
  };
  const { counts } = await send({ propagator: { startTrace } });
  expect(counts).toMatchObject({ requests: 5, ok: 5 });
  expect(traces).toBe(5);
});
