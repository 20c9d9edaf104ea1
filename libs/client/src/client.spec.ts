import { beforeEach, describe, expect, it } from 'vitest';
import { PoolerError, seededRng } from '#libs/kernel';
import { channels } from '#libs/records';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import { Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';

let connector: ScriptedConnector;
let client: Client;

beforeEach(() => {
  connector = new ScriptedConnector();
  client = new Client({}, { clock: new FakeClock(), rng: alwaysDraws(0.5), connector: () => connector });
});

async function answer(url: string, statusCode: number, wire: number): Promise<void> {
  const outcome = new Watched(client.request(url, { method: 'POST' }));
  await settle();
  connector.wire(wire).connect();
  connector.wire(wire).respond('', statusCode);
  await settle();
  expect(outcome.value?.statusCode).toBe(statusCode);
}

describe('stats', () => {
  it('are the sums of all origins', async () => {
    await answer('http://192.0.2.1/', 200, 0);
    await answer('http://192.0.2.2/', 302, 1);
    await answer('http://192.0.2.3/', 404, 2);
    void new Watched(client.request('http://192.0.2.3/'));
    void new Watched(client.request('http://192.0.2.4/'));
    await settle();
    const { origins, ...sums } = client.stats();
    expect(sums).toEqual({
      requests: 3,
      ok: 2,
      failed: 1,
      retries: 0,
      retriesWithheld: 0,
      circuitOpens: 0,
      pool: { active: 1, idle: 2, pending: 1, dialing: 1 },
    });
    expect([...origins.keys()]).toEqual(['1', '2', '3', '4'].map((end) => `http://192.0.2.${end}`));
    expect(origins.get('http://192.0.2.2')).toMatchObject({ requests: 1, ok: 1, pool: { idle: 1, max: 32 } });
  });

  it('count a request when its body is over, not before', async () => {
    const outcome = new Watched(client.request(ORIGIN));
    await settle();
    connector.wire(0).connect();
    connector.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n');
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(client.stats()).toMatchObject({ requests: 0, pool: { active: 1 } });
    connector.wire(0).receive('x');
    expect(client.stats()).toMatchObject({ requests: 1, ok: 1, pool: { active: 0, idle: 1 } });
  });
});

describe('a client with a bad option is not made', () => {
  it.each<[string, unknown, string]>([
    ['attemptTimeoutMs', { attemptTimeoutMs: 0 }, 'a number of milliseconds from 1 to 86400000, got 0'],
    ['deadlineMs', { deadlineMs: Infinity }, 'a number of milliseconds from 1 to 86400000, got Infinity'],
    ['deadlineMs', { deadlineMs: '5' }, 'a number of milliseconds from 1 to 86400000, got "5"'],
    [
      'a client option',
      { timeout: 5 },
      'one of name, pool, maxTotalConnections, retry, breaker, adaptive, attemptTimeoutMs, deadlineMs, faults, propagator, ' +
        'got "timeout"',
    ],
    ['name', { name: 7 }, 'a text, got 7'],
    ['maxTotalConnections', { maxTotalConnections: 0 }, 'a whole number from 1 to 1000000, got 0'],
    ['a retry option', { retry: { atempts: 5 } }, 'one of attempts, backoff,'],
    ['maxConnections', { pool: { maxConnections: 0 } }, 'a whole number from 1 to 65535, got 0'],
    ['retry.attempts', { retry: { attempts: 1.5 } }, 'a whole number from 1 to 100, got 1.5'],
    [
      'retry.backoff.capMs',
      { retry: { backoff: { baseMs: 5, capMs: 1 } } },
      'a number from 5 to 3600000, got 1',
    ],
    ['breaker.failureRate', { breaker: { failureRate: 2 } }, 'a number from 0.01 to 1, got 2'],
    ['faults', { faults: { seed: 1 } }, 'rules with a seed, or an object that decides, got an object'],
    ['faults', { faults: { decide: 1 } }, 'rules with a seed, or an object that decides, got an object'],
    ['seed', { faults: { rules: [], seed: -1 } }, 'an integer from 0 to 9007199254740991, got -1'],
  ])('%s', (field, options, sentence) => {
    const make = (): unknown => Reflect.construct(Client, [options]);
    expect(make).toThrow(PoolerError);
    expect(make).toThrow(`${field} must be ${sentence}`);
  });
});

describe('a bad request is refused in one sentence, and nothing is sent', () => {
  it.each<[string, unknown, unknown, string]>([
    ['url', undefined, {}, 'url must be an http: or https: URL without user and password, got "undefined"'],
    ['url', '/health', {}, 'url must be an http: or https: URL without user and password, got "/health"'],
    ['url', 'ftp://192.0.2.1/', {}, 'url must be an http: or https: URL'],
    [
      'deadlineMs',
      ORIGIN,
      { deadlineMs: 0 },
      'deadlineMs must be a number of milliseconds from 1 to 86400000, got 0',
    ],
    [
      'attemptTimeoutMs',
      ORIGIN,
      { attemptTimeoutMs: Number.NaN },
      'attemptTimeoutMs must be a number of milliseconds from 1',
    ],
    ['signal', ORIGIN, { signal: {} }, 'signal must be an AbortSignal, got an object'],
    ['method', ORIGIN, { method: 'GE T' }, 'method must be a token such as GET'],
    [
      'body',
      ORIGIN,
      { body: 5 },
      'body must be a string, a Uint8Array, an async iterable of them, or a function that returns one, got 5',
    ],
  ])('%s', async (_field, url, options, sentence) => {
    const outcome = new Watched<unknown>(
      Reflect.apply(Reflect.get(client, 'request'), client, [url, options]),
    );
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_INVALID_ARGUMENT', phase: 'argument' });
    expect(outcome.error?.message).toContain(sentence);
    expect(connector.dialled).toEqual([]);
  });
});

describe('connections to all origins together', () => {
  it('are limited: the one idle longest makes room for another origin', async () => {
    const connector = new ScriptedConnector();
    const client = new Client(
      { maxTotalConnections: 1 },
      { clock: new FakeClock(), rng: seededRng(1), connector: () => connector },
    );
    for (const [wire, url] of ['http://a.test/', 'http://b.test/'].entries()) {
      const answer = client.request(url);
      connector.wire(wire).connect();
      connector.wire(wire).respond();
      await (await answer).body.dump();
    }
    expect(connector.dialled.map(({ life }) => life)).toEqual(['ended', 'connected']);
    expect(client.stats().pool).toMatchObject({ active: 0, idle: 1 });
    await client.close();
  });
});

describe('a body that nobody reads', () => {
  it('is reported with the place of the request', async () => {
    const connector = new ScriptedConnector();
    const clock = new FakeClock();
    const warnings: string[] = [];
    const client = new Client(
      { pool: { captureStacks: true, unreadTimeoutMs: 1_000 } },
      { clock, connector: () => connector, warn: (sentence) => warnings.push(sentence) },
    );
    const places: Array<string | undefined> = [];
    const stop = channels.leak.subscribe(({ madeAt }) => places.push(madeAt));
    const answer = client.request('http://127.0.0.1/');
    connector.wire(0).connect();
    connector.wire(0).receive(`HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(65_536)}`);
    await answer;
    clock.advance(1_000);
    stop();
    expect(places).toHaveLength(1);
    expect(places[0]).toContain('client.spec.ts');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('nobody read or dumped the response to GET /');
    await client.destroy();
  });
});
