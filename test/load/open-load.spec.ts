import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { parseFaultSpec } from '#libs/faults';
import { systemClock } from '#libs/kernel';
import { ArrivalSchedule } from '#libs/load';
import { LoadMeter, OpenLoad, sendThrough } from '#libs/load/runner';
import { RunTally, SecondWindows } from '#libs/stats';

const SEED = 11;
const SPEC = 'latency=50ms~10ms:5%,reset:3%,drop:3%,timeout:2%,status=503:3%,crash=100ms@150';

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('{"status":"ok"}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
});

afterAll(async () => {
  server.close();
  await once(server, 'close');
});

describe('an open load through a client with faults, against a server without', () => {
  it('sends every arrival, and blames no request on the server', async () => {
    const schedule = new ArrivalSchedule({
      startPerSecond: 100,
      stages: [
        { durationMs: 500, targetPerSecond: 500 },
        { durationMs: 500, targetPerSecond: 500 },
      ],
      baselineMs: 200,
      recoveryMs: 0,
    });
    const client = new Client({
      name: 'load',
      pool: { maxConnections: 8 },
      attemptTimeoutMs: 1000,
      deadlineMs: 10_000,
      faults: { rules: parseFaultSpec(SPEC), seed: SEED },
    });
    const tally = new RunTally();
    const seconds = new SecondWindows(60);
    const t0AtMs = systemClock.nowMs() + 250;
    const meter = new LoadMeter({
      client: 'load',
      timeline: schedule.timeline,
      schedule,
      t0AtMs,
      tally,
      seconds,
    });
    const load = new OpenLoad(
      { schedule, t0AtMs, maxConcurrency: 1000, drainMs: 10_000 },
      sendThrough(client, { url }, 'open'),
      meter,
      systemClock,
    );
    await load.run();
    meter.stop();
    await client.close();

    const { baseline, stages } = tally.phases;
    expect([schedule.firstSeq, schedule.endSeq]).toEqual([-20, 400]);
    expect(baseline.counts).toMatchObject({ requests: 20, ok: 20, arrivals: 20, missed: 0 });
    expect(baseline.attribution).toEqual({ 'none/first-try': 20 });
    expect(stages.counts).toMatchObject({ requests: 400, arrivals: 400, missed: 0 });

    const cells = Object.entries(stages.attribution);
    expect(cells.reduce((sum, [, times]) => sum + times, 0)).toBe(400);
    expect(cells.filter(([cell]) => cell.startsWith('organic'))).toEqual([]);
    expect(cells.filter(([cell]) => cell.startsWith('injected')).length).toBeGreaterThan(0);
    expect(seconds.window(-1, 60).counts.requests).toBe(420);
    expect(stages.latency.count).toBe(400);
    // Nothing can look better from its intended start than from its real one.
    expect(stages.latency.quantileMs(0.5)).toBeGreaterThanOrEqual(stages.sendLatency.quantileMs(0.5));
  });
});
