import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const URL = 'http://192.0.2.1/';

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;
let recording: Recording;

function makeClient(options: ClientOptions): void {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  client = new Client(options, { clock, rng: alwaysDraws(0.5), connector: () => connector });
}

beforeEach(() => {
  makeClient({});
  recording = new Recording();
});

afterEach(() => {
  recording.stop();
});

async function start(options?: RequestOptions): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
  const outcome = new Watched(client.request(URL, options));
  await settle();
  return outcome;
}

describe('the order of the policies', () => {
  it('an open breaker never queues: the request ends at once while others wait for the only connection', async () => {
    makeClient({ retry: false, pool: { maxConnections: 1 }, breaker: { minCalls: 1, failureRate: 0.01 } });
    const failing = await start();
    const queued = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('', 503);
    await settle();
    const refused = await start();
    expect(failing.value?.statusCode).toBe(503);
    expect(refused.error?.code).toBe('PLR_CIRCUIT_OPEN');
    expect(client.stats().pool.pending).toBe(0);
    expect(queued.isPending).toBe(true);
  });

  it('the time in the queue is not the attempt: its timeout starts with the connection', async () => {
    makeClient({ pool: { maxConnections: 1 }, retry: false, attemptTimeoutMs: 100 });
    const first = await start({ attemptTimeoutMs: 1_000 });
    connector.wire(0).connect();
    const second = await start();
    await clock.advanceAsync(900);
    expect(second.isPending).toBe(true);
    connector.wire(0).respond();
    await clock.advanceAsync(99);
    expect(first.value?.statusCode).toBe(200);
    expect(second.isPending).toBe(true);
    await clock.advanceAsync(1);
    expect(second.error?.code).toBe('PLR_ATTEMPT_TIMEOUT');
  });

  describe('the deadline wins', () => {
    it('in flight, and the timeout of the attempt does not matter any more', async () => {
      const outcome = await start({ deadlineMs: 100, attemptTimeoutMs: 100 });
      connector.wire(0).connect();
      await clock.advanceAsync(100);
      expect(outcome.error?.code).toBe('PLR_DEADLINE');
      await clock.advanceAsync(10_000);
      expect(connector.dialled.length).toBe(1);
    });

    it('in the backoff: a wait that would pass it is not begun, and the last error stands', async () => {
      const outcome = await start({ deadlineMs: 25 });
      connector.wire(0).fail('ECONNREFUSED');
      await settle();
      expect(outcome.error?.code).toBe('PLR_CONNECT_REFUSED');
      expect(client.stats()).toMatchObject({ requests: 1, failed: 1, retries: 0, retriesWithheld: 0 });
    });

    it('in a later attempt, counted from the call', async () => {
      const outcome = await start({ deadlineMs: 100 });
      connector.wire(0).fail('ECONNREFUSED');
      await clock.advanceAsync(25);
      connector.wire(1).connect();
      await clock.advanceAsync(74);
      expect(outcome.isPending).toBe(true);
      await clock.advanceAsync(1);
      expect(outcome.error).toMatchObject({ code: 'PLR_DEADLINE', attempt: 2 });
    });
  });
});

describe('a policy retry', () => {
  it('waits with full jitter under a doubling cap: half of 50, 100 and 200 ms when chance draws a half', async () => {
    makeClient({ retry: { attempts: 4 } });
    const outcome = await start();
    for (const [index, delayMs] of [25, 50, 100].entries()) {
      connector.wire(index).fail('ECONNREFUSED');
      await clock.advanceAsync(delayMs - 0.5);
      expect(connector.dialled.length).toBe(index + 1);
      await clock.advanceAsync(0.5);
      expect(connector.dialled.length).toBe(index + 2);
    }
    connector.wire(3).connect();
    connector.wire(3).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.request().attempts.map(({ waitedMs }) => waitedMs)).toEqual([0, 25, 50, 100]);
    expect(client.stats()).toMatchObject({ requests: 1, ok: 1, retries: 3 });
  });

  it('waits no longer than the cap allows', async () => {
    makeClient({ retry: { attempts: 4, backoff: { baseMs: 40, capMs: 60 } } });
    await start();
    for (const [index, delayMs] of [20, 30, 30].entries()) {
      connector.wire(index).fail('ECONNREFUSED');
      await clock.advanceAsync(delayMs);
    }
    expect(connector.dialled.length).toBe(4);
    expect(clock.nowMs()).toBe(80);
  });

  it.each([429, 502, 503, 504])('follows a %i to a GET, on the same connection', async (statusCode) => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('try again', statusCode);
    await clock.advanceAsync(25);
    connector.wire(0).respond('here');
    await settle();
    expect(await outcome.value?.body.text()).toBe('here');
    expect(connector.dialled.length).toBe(1);
    expect(recording.kinds()).toEqual(['first', 'policy']);
    expect(recording.request().attempts.map((attempt) => attempt.statusCode)).toEqual([statusCode, 200]);
  });

  it.each([429, 502, 503, 504])('does not follow a %i to a POST: that is the answer', async (statusCode) => {
    const outcome = await start({ method: 'POST', body: 'x' });
    connector.wire(0).connect();
    connector.wire(0).respond('', statusCode);
    await settle();
    expect(outcome.value?.statusCode).toBe(statusCode);
  });

  it.each([400, 404, 500, 501])('does not follow a %i', async (statusCode) => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('', statusCode);
    await settle();
    expect(outcome.value?.statusCode).toBe(statusCode);
    expect(client.stats()).toMatchObject({ requests: 1, ok: 0, failed: 1, retries: 0 });
  });

  it.each([
    [{ 'Idempotency-Key': 'k1' }, 2],
    [[['idempotency-key', 'k1']] as const, 2],
    [undefined, 1],
  ])('follows a reset POST with the fields %j: %i attempts', async (headers, attempts) => {
    const outcome = await start({ method: 'POST', body: 'x', headers });
    connector.wire(0).connect();
    expect(connector.wire(0).sent).toMatch(/\r\n\r\nx$/);
    connector.wire(0).fail('ECONNRESET');
    await clock.advanceAsync(25);
    expect(connector.dialled.length).toBe(attempts);
    connector.dialled[1]?.connect();
    connector.dialled[1]?.respond();
    await settle();
    expect(outcome.error?.code ?? outcome.value?.statusCode).toBe(attempts === 1 ? 'PLR_RESET' : 200);
    // The server knows it again by the same key.
    expect(connector.dialled.map(({ sent }) => /idempotency-key: (.*)\r/i.exec(sent)?.[1])).toEqual(
      Array(attempts).fill(headers && 'k1'),
    );
  });

  it('follows a broken body when the caller awaits it', async () => {
    const outcome = await start({ awaitBody: true });
    connector.wire(0).connect();
    connector.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
    await settle();
    expect(outcome.isPending).toBe(true);
    connector.wire(0).finish();
    await clock.advanceAsync(25);
    connector.wire(1).connect();
    connector.wire(1).respond('ok');
    await settle();
    expect(await outcome.value?.body.text()).toBe('ok');
    expect(recording.request().attempts.map(({ error }) => error?.code)).toEqual([
      'PLR_CLOSED_BY_PEER',
      undefined,
    ]);
  });

  it('is not made of a protocol violation: the peer would say the same again', async () => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).receive('SSH-2.0-OpenSSH\r\n');
    await settle();
    expect(outcome.error?.code).toBe('PLR_PROTOCOL');
  });

  it('gives the last answer when the attempts are used up', async () => {
    makeClient({ retry: { attempts: 2 } });
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('one', 502);
    await clock.advanceAsync(25);
    connector.wire(0).respond('two', 503);
    await settle();
    expect(outcome.value?.statusCode).toBe(503);
    expect(await outcome.value?.body.text()).toBe('two');
  });

  it('gives the last error when the attempts are used up, and says which attempt it was', async () => {
    makeClient({ retry: { attempts: 2 } });
    const outcome = await start();
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(25);
    connector.wire(1).connect();
    connector.wire(1).fail('ECONNRESET');
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_RESET', attempt: 2 });
  });

  it('is withheld and counted when the budget has no token', async () => {
    makeClient({ retry: { budget: { startTokens: 1, tokensPerSecond: 0, tokensPerRequest: 0 } } });
    const outcome = await start();
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(25);
    connector.wire(1).fail('ECONNREFUSED');
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_CONNECT_REFUSED', attempt: 2 });
    expect(client.stats()).toMatchObject({ retries: 1, retriesWithheld: 1 });
    expect(client.stats().origins.get('http://192.0.2.1')).toMatchObject({ retriesWithheld: 1 });
    expect(recording.request().isRetryWithheld).toBe(true);
  });

  it('that an open breaker refuses gives its token to another', async () => {
    const budget = { startTokens: 1, tokensPerSecond: 0, tokensPerRequest: 0 };
    makeClient({ retry: { budget }, breaker: { minCalls: 1, openMs: 100, maxOpenMs: 100 } });
    const refused = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('', 503);
    await clock.advanceAsync(25);
    expect(refused.error).toMatchObject({ code: 'PLR_CIRCUIT_OPEN', attempt: 2 });
    await clock.advanceAsync(100);
    const another = await start({ waitForPermit: true });
    connector.wire(0).respond('', 503);
    await clock.advanceAsync(200);
    connector.wire(0).respond('', 200);
    await settle();
    expect(another.value?.statusCode).toBe(200);
    expect(client.stats()).toMatchObject({ retriesWithheld: 0 });
  });

  it('is not made with `retry: false`', async () => {
    makeClient({ retry: false });
    const outcome = await start();
    connector.wire(0).fail('ECONNREFUSED');
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_CONNECT_REFUSED', attempt: 1 });
  });
});
