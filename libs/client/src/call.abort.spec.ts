import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
const REASON = new Error('the page was left');

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;
let recording: Recording;
let abort: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  client = new Client(
    { pool: { maxConnections: 1 }, breaker: { connectFailures: 1 } },
    { clock, rng: alwaysDraws(0.5), connector: () => connector },
  );
  recording = new Recording();
  abort = new AbortController();
});

afterEach(() => {
  recording.stop();
});

async function start(signal?: AbortSignal): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
  const outcome = new Watched(client.request(ORIGIN, { signal, waitForPermit: true }));
  await settle();
  return outcome;
}

/** Aborts, and expects of the request what every aborted request owes. */
async function expectAborted(outcome: Watched<unknown>, attempt: number): Promise<void> {
  abort.abort(REASON);
  await settle();
  expect(outcome.error).toMatchObject({ code: 'PLR_ABORTED', attempt, cause: REASON });
  await clock.advanceAsync(100);
  expect(outcome.settledTimes).toBe(1);
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  const record = recording.requests.filter(({ error }) => error?.code === 'PLR_ABORTED');
  expect(record).toHaveLength(1);
}

describe('an aborted request', () => {
  it('before the call: nothing is dialled', async () => {
    abort.abort(REASON);
    const outcome = await start(abort.signal);
    await expectAborted(outcome, 1);
    expect(connector.dialled).toEqual([]);
    expect(recording.request().attempts).toEqual([]);
  });

  it('in the queue: it leaves, and the others stay', async () => {
    const first = await start();
    connector.wire(0).connect();
    const outcome = await start(abort.signal);
    await expectAborted(outcome, 1);
    expect(client.stats().pool).toMatchObject({ active: 1, pending: 0 });
    expect(first.isPending).toBe(true);
  });

  it('in flight: its connection is cut, for the answer may still come', async () => {
    const outcome = await start(abort.signal);
    connector.wire(0).connect();
    await settle();
    await expectAborted(outcome, 1);
    expect(connector.wire(0).life).toBe('reset');
    expect(client.health().get(ORIGIN)).toEqual({ status: 'ok' });
  });

  it('in the backoff', async () => {
    const outcome = await start(abort.signal);
    connector.wire(0).connect();
    connector.wire(0).fail('ECONNRESET');
    await settle();
    await expectAborted(outcome, 1);
    expect(connector.dialled).toHaveLength(1);
  });

  it('while it waits for a permit', async () => {
    const first = await start();
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(1);
    const outcome = await start(abort.signal);
    await expectAborted(outcome, 1);
    expect(first.isPending).toBe(true);
  });

  it('in the body: who reads it hears of it, and the request counts as failed', async () => {
    const outcome = await start(abort.signal);
    connector.wire(0).connect();
    connector.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
    await settle();
    const text = new Watched(outcome.value?.body.text() ?? Promise.resolve(''));
    await expectAborted(text, 1);
    expect(client.stats()).toMatchObject({ requests: 1, ok: 0, failed: 1 });
    expect(client.health().get(ORIGIN)).toEqual({ status: 'ok' });
  });

  it('after its body has come: nothing happens', async () => {
    const outcome = await start(abort.signal);
    connector.wire(0).connect();
    connector.wire(0).respond('ok');
    await settle();
    abort.abort(REASON);
    expect(await outcome.value?.body.text()).toBe('ok');
    expect(client.stats()).toMatchObject({ requests: 1, ok: 1, failed: 0 });
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });
});
