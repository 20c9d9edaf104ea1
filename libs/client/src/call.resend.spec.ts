import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle, type ScriptedTransport } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const URL = 'http://192.0.2.1/';
const ATTEMPT_TIMEOUT_MS = 1_000;

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
  makeClient({ retry: { attempts: 2 }, attemptTimeoutMs: ATTEMPT_TIMEOUT_MS });
});

afterEach(() => {
  recording.stop();
});

/** Leaves `count` idle connections that have carried a request each. */
async function warmUp(count: number): Promise<void> {
  const requests = Array.from({ length: count }, () => new Watched(client.request(URL)));
  await settle();
  for (const wire of connector.dialled) wire.connect();
  for (const wire of connector.dialled) wire.respond();
  await settle();
  expect(requests.every(({ value }) => value?.statusCode === 200)).toBe(true);
}

const ENDINGS: Record<string, (wire: ScriptedTransport) => unknown> = {
  FIN: (wire) => wire.finish(),
  RST: (wire) => wire.fail('ECONNRESET'),
  timeout: () => clock.advance(ATTEMPT_TIMEOUT_MS),
};

const REQUESTS: Record<string, RequestOptions> = {
  GET: { method: 'GET' },
  POST: { method: 'POST', body: 'x' },
  'POST with a key': { method: 'POST', body: 'x', headers: { 'Idempotency-Key': 'k' } },
};

type Next = 'resend' | 'policy' | 'error';
type Row = [connection: 'fresh' | 'reused', written: string, response: string, ending: string, ...Next[]];

/** What follows a failure, for a GET, a POST and a POST with an Idempotency-Key. */
const MATRIX: Row[] = [
  ['fresh', 'nothing', 'no byte', 'FIN', 'policy', 'policy', 'policy'],
  ['fresh', 'nothing', 'no byte', 'RST', 'policy', 'policy', 'policy'],
  ['fresh', 'nothing', 'no byte', 'timeout', 'policy', 'policy', 'policy'],
  ['fresh', 'nothing', 'a byte', 'FIN', 'policy', 'policy', 'policy'],
  ['fresh', 'nothing', 'a byte', 'RST', 'policy', 'policy', 'policy'],
  ['fresh', 'nothing', 'a byte', 'timeout', 'policy', 'policy', 'policy'],
  ['fresh', 'all', 'no byte', 'FIN', 'policy', 'error', 'policy'],
  ['fresh', 'all', 'no byte', 'RST', 'policy', 'error', 'policy'],
  ['fresh', 'all', 'no byte', 'timeout', 'policy', 'error', 'policy'],
  ['fresh', 'all', 'a byte', 'FIN', 'policy', 'error', 'policy'],
  ['fresh', 'all', 'a byte', 'RST', 'policy', 'error', 'policy'],
  ['fresh', 'all', 'a byte', 'timeout', 'policy', 'error', 'policy'],
  ['reused', 'nothing', 'no byte', 'FIN', 'resend', 'resend', 'resend'],
  ['reused', 'nothing', 'no byte', 'RST', 'resend', 'resend', 'resend'],
  ['reused', 'nothing', 'no byte', 'timeout', 'policy', 'policy', 'policy'],
  ['reused', 'nothing', 'a byte', 'FIN', 'policy', 'policy', 'policy'],
  ['reused', 'nothing', 'a byte', 'RST', 'policy', 'policy', 'policy'],
  ['reused', 'nothing', 'a byte', 'timeout', 'policy', 'policy', 'policy'],
  ['reused', 'all', 'no byte', 'FIN', 'resend', 'error', 'resend'],
  ['reused', 'all', 'no byte', 'RST', 'resend', 'error', 'resend'],
  ['reused', 'all', 'no byte', 'timeout', 'policy', 'error', 'policy'],
  ['reused', 'all', 'a byte', 'FIN', 'policy', 'error', 'policy'],
  ['reused', 'all', 'a byte', 'RST', 'policy', 'error', 'policy'],
  ['reused', 'all', 'a byte', 'timeout', 'policy', 'error', 'policy'],
];

describe('the re-send matrix', () => {
  const cases = MATRIX.flatMap(([connection, written, response, ending, ...next]) =>
    Object.keys(REQUESTS).map((request, column) => ({
      connection,
      written,
      response,
      ending,
      request,
      next: next[column],
    })),
  );

  it.each(cases)(
    'a $connection connection, $written written, $response of the response, $ending, $request: $next',
    async ({ connection, written, response, ending, request, next }) => {
      if (connection === 'reused') await warmUp(1);
      if (connection === 'reused') connector.wire(0).isSending = written === 'nothing';
      recording = new Recording();
      const outcome = new Watched(client.request(URL, REQUESTS[request]));
      await settle();
      const wire = connector.wire(0);
      wire.isSending = written === 'nothing';
      if (connection === 'fresh') wire.connect();
      if (response === 'a byte') wire.receive('H');
      ENDINGS[ending]?.(wire);
      await settle();
      expect(connector.dialled.length).toBe(next === 'resend' ? 2 : 1);
      await clock.advanceAsync(25);
      if (next !== 'error') {
        connector.wire(1).connect();
        connector.wire(1).respond();
        await settle();
      }
      expect(recording.kinds()).toEqual(next === 'error' ? ['first'] : ['first', next]);
      expect(outcome.value?.statusCode).toBe(next === 'error' ? undefined : 200);
      expect(outcome.settledTimes).toBe(1);
    },
  );
});

describe('the free re-send', () => {
  it('happens once: what fails on the second stale connection is for the retry policy', async () => {
    makeClient({ retry: false });
    await warmUp(2);
    recording = new Recording();
    const outcome = new Watched(client.request(URL));
    await settle();
    connector.wire(1).fail('ECONNRESET');
    await settle();
    connector.wire(0).fail('ECONNRESET');
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_RESET', attempt: 2, reused: true });
    expect(recording.kinds()).toEqual(['first', 'resend']);
    expect(connector.dialled.length).toBe(2);
  });

  it('uses none of the attempts', async () => {
    await warmUp(1);
    recording = new Recording();
    const outcome = new Watched(client.request(URL));
    await settle();
    connector.wire(0).finish();
    await settle();
    connector.wire(1).fail('ECONNREFUSED');
    await clock.advanceAsync(25);
    connector.wire(2).connect();
    connector.wire(2).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.kinds()).toEqual(['first', 'resend', 'policy']);
    expect(recording.request().attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(client.stats().retries).toBe(2);
  });

  it('takes no token of the budget, and happens with an empty one', async () => {
    makeClient({ retry: { budget: { startTokens: 0, tokensPerSecond: 0, tokensPerRequest: 0 } } });
    await warmUp(1);
    recording = new Recording();
    const outcome = new Watched(client.request(URL));
    await settle();
    connector.wire(0).finish();
    await settle();
    connector.wire(1).connect();
    connector.wire(1).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(client.stats().retriesWithheld).toBe(0);
  });

  it('is no call for the breaker: the stale connection says nothing about the peer', async () => {
    makeClient({ retry: false, breaker: { minCalls: 2, failureRate: 0.01 } });
    await warmUp(1);
    recording = new Recording();
    const outcome = new Watched(client.request(URL));
    await settle();
    connector.wire(0).finish();
    await settle();
    connector.wire(1).connect();
    connector.wire(1).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(client.stats().circuitOpens).toBe(0);
  });

  it('goes to an idle sibling only when a look finds it alive', async () => {
    await warmUp(2);
    recording = new Recording();
    const outcome = new Watched(client.request(URL));
    await settle();
    connector.wire(0).probeResult = 'fin';
    connector.wire(1).fail('ECONNRESET');
    await settle();
    expect(connector.dialled.length).toBe(3);
    connector.wire(2).connect();
    connector.wire(2).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.kinds()).toEqual(['first', 'resend']);
  });

  it('is not made when the caller aborts in the same turn', async () => {
    await warmUp(1);
    recording = new Recording();
    const abort = new AbortController();
    const outcome = new Watched(client.request(URL, { signal: abort.signal }));
    await settle();
    connector.wire(0).finish();
    abort.abort();
    await settle();
    expect(outcome.error?.code).toBe('PLR_ABORTED');
    expect(connector.dialled.length).toBe(1);
  });
});
