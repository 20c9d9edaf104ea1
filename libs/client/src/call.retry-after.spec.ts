import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Watched, alwaysDraws } from './watch.spec-helper.ts';

const WALL_NOW_MS = Date.UTC(2026, 0, 1, 12, 0, 0);

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;

function makeClient(options: ClientOptions): void {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  const wallNowMs = (): number => WALL_NOW_MS + clock.nowMs();
  client = new Client(options, { clock, rng: alwaysDraws(0.5), connector: () => connector, wallNowMs });
}

beforeEach(() => {
  makeClient({});
});

async function start(options?: RequestOptions): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
  const outcome = new Watched(client.request('http://192.0.2.1/', options));
  await settle();
  return outcome;
}

describe('Retry-After', () => {
  it.each([
    ['in seconds', '2'],
    ['as a date', 'Thu, 01 Jan 2026 12:00:02 GMT'],
    ['as a date of RFC 850', 'Thursday, 01-Jan-26 12:00:02 GMT'],
    ['as a date of asctime()', 'Thu Jan  1 12:00:02 2026'],
  ])('%s is waited for, with the jitter on top', async (_form, value) => {
    await start();
    connector.wire(0).connect();
    connector.wire(0).respond('', 503, `Retry-After: ${value}\r\n`);
    await clock.advanceAsync(2_024);
    expect(connector.wire(0).sent.match(/GET/g)).toHaveLength(1);
    await clock.advanceAsync(1);
    expect(connector.wire(0).sent.match(/GET/g)).toHaveLength(2);
  });

  it.each([
    ['a negative number', '-1'],
    ['a fraction', '1.5'],
    ['words', 'in a while'],
    ['nothing', ''],
    ['a date that has passed', 'Wed, 31 Dec 2025 12:00:00 GMT'],
    ['several lines', '1\r\nRetry-After: 2'],
  ])('that says %s adds nothing to the backoff', async (_what, value) => {
    await start();
    connector.wire(0).connect();
    connector.wire(0).respond('', 503, `Retry-After: ${value}\r\n`);
    await clock.advanceAsync(24);
    expect(connector.wire(0).requestLines).toHaveLength(1);
    await clock.advanceAsync(1);
    expect(connector.wire(0).requestLines).toHaveLength(2);
  });

  it('is waited for up to `maxRetryAfterMs` and no longer', async () => {
    makeClient({ retry: { maxRetryAfterMs: 3_000 } });
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('', 503, 'Retry-After: 3\r\n');
    await clock.advanceAsync(3_025);
    expect(connector.wire(0).requestLines).toHaveLength(2);
    connector.wire(0).respond('', 503, 'Retry-After: 4\r\n');
    await settle();
    expect(outcome.value?.statusCode).toBe(503);
    expect(outcome.value?.headers['retry-after']).toBe('4');
  });

  it.each([
    ['seconds', '21'],
    ['seconds without end', '9'.repeat(400)],
    ['a date', 'Thu, 01 Jan 2026 12:00:21 GMT'],
    ['a date of another age', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ])('of more %s than the policy waits ends the request with that answer', async (_form, value) => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('', 503, `Retry-After: ${value}\r\n`);
    await settle();
    expect(outcome.value?.statusCode).toBe(503);
    expect(client.stats()).toMatchObject({ requests: 1, failed: 1, retries: 0, retriesWithheld: 0 });
  });

  it.each([
    ['seconds', '1'],
    ['a date', 'Thu, 01 Jan 2026 12:00:01 GMT'],
  ])('past the deadline (%s) ends the request with that answer, and costs no token', async (_form, value) => {
    makeClient({ retry: { budget: { startTokens: 1, tokensPerSecond: 0, tokensPerRequest: 0 } } });
    const outcome = await start({ deadlineMs: 1_000 });
    connector.wire(0).connect();
    connector.wire(0).respond('', 503, `Retry-After: ${value}\r\n`);
    await settle();
    expect(outcome.value?.statusCode).toBe(503);
    await start();
    connector.wire(0).respond('', 503);
    await clock.advanceAsync(25);
    expect(client.stats()).toMatchObject({ retries: 1, retriesWithheld: 0 });
  });
});
