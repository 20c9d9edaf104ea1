import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Client } from './client.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const URL = 'http://192.0.2.1/';
const AFTER_IDLE_MS = 2_000;
const TIMEOUT_MS = 500;

describe('a request whose connection met silence when it was probed', () => {
  it('is answered on a fresh one: by its first attempt, for no token, as one call that went well', async () => {
    const clock = new FakeClock();
    const connector = new ScriptedConnector();
    const client = new Client(
      {
        pool: {
          idleTimeoutMs: 60_000,
          activeProbe: { afterIdleMs: AFTER_IDLE_MS, timeoutMs: TIMEOUT_MS },
        },
        attemptTimeoutMs: TIMEOUT_MS,
        retry: { attempts: 2 },
      },
      { clock, rng: alwaysDraws(0.5), connector: () => connector },
    );
    const first = new Watched(client.request(URL));
    await settle();
    connector.wire(0).connect();
    connector.wire(0).respond();
    await settle();
    expect(first.value?.statusCode).toBe(200);
    await clock.advanceAsync(AFTER_IDLE_MS);
    const recording = new Recording();
    onTestFinished(() => recording.stop());
    const windowBefore = client.breaker(URL)?.window;

    const request = new Watched(client.request(URL, { method: 'POST', body: 'x' }));
    await clock.advanceAsync(TIMEOUT_MS);
    expect(client.breaker(URL)?.window).toEqual(windowBefore);
    connector.wire(1).connect();
    connector.wire(1).respond();
    await settle();
    expect(request.value?.statusCode).toBe(200);
    expect(connector.dialled.map(({ requestLines }) => requestLines)).toEqual([
      ['GET /', 'HEAD /'],
      ['POST /'],
    ]);
    const { attempts } = recording.request();
    expect(attempts).toMatchObject([
      {
        kind: 'first',
        connection: { id: 2, reused: false },
        activeProbes: [{ connectionId: 1, result: 'failed', method: 'HEAD', failure: 'timeout' }],
      },
    ]);
    expect(client.stats()).toMatchObject({ requests: 2, ok: 2, retries: 0, circuitOpens: 0 });
  });
});
