import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle, type ScriptedTransport } from '#libs/testing';
import { Client } from './client.ts';
import type { RequestOptions } from './request-options.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const URL = 'http://192.0.2.1/';

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;
let recording: Recording;

beforeEach(() => {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  client = new Client({}, { clock, rng: alwaysDraws(0.5), connector: () => connector });
  recording = new Recording();
});

afterEach(() => {
  recording.stop();
});

async function put(body: RequestOptions['body']): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
  const outcome = new Watched(client.request(URL, { method: 'PUT', body }));
  await settle();
  return outcome;
}

async function connected(index: number): Promise<ScriptedTransport> {
  connector.wire(index).connect();
  await settle();
  return connector.wire(index);
}

/** The longest backoff that the tests draw. */
async function backOff(): Promise<void> {
  await clock.advanceAsync(25);
}

describe('a streamed body', () => {
  it('is never sent a second time, though the method could be', async () => {
    const outcome = await put(Readable.from(['abc']));
    const wire = await connected(0);
    wire.fail('ECONNRESET');
    await backOff();
    expect(outcome.error).toMatchObject({ code: 'PLR_RESET', retrySafe: false, attempt: 1 });
    expect(connector.dialled).toHaveLength(1);
  });

  it('is not sent again after a 503 either: that is the answer', async () => {
    const outcome = await put(Readable.from(['abc']));
    (await connected(0)).respond('', 503);
    await backOff();
    expect(outcome.value?.statusCode).toBe(503);
  });

  it('gets no free re-send on a stale connection', async () => {
    await put('x');
    (await connected(0)).respond();
    await settle();
    const outcome = await put(Readable.from(['abc']));
    connector.wire(0).fail('ECONNRESET');
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_RESET', reused: true, retrySafe: false });
    expect(recording.kinds(1)).toEqual(['first']);
  });

  it('that nobody has begun is sent when the second dial connects', async () => {
    const outcome = await put(Readable.from(['abc']));
    connector.wire(0).fail('ECONNREFUSED');
    await settle();
    await backOff();
    const wire = await connected(1);
    expect(wire.sent.endsWith('\r\n\r\n3\r\nabc\r\n0\r\n\r\n')).toBe(true);
    wire.respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
  });

  it('comes anew for each attempt from a function', async () => {
    let made = 0;
    const outcome = await put(() => Readable.from([`body ${(made += 1)}`]));
    (await connected(0)).fail('ECONNRESET');
    await settle();
    await backOff();
    const wire = await connected(1);
    expect(wire.sent).toContain('6\r\nbody 2\r\n0\r\n\r\n');
    wire.respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.kinds()).toEqual(['first', 'policy']);
  });

  it('that fails says nothing about the peer', async () => {
    for (let i = 0; i < 30; i += 1) {
      const outcome = await put(() => {
        throw new Error('no file');
      });
      await connected(i);
      expect(outcome.error?.code).toBe('PLR_BODY_SOURCE');
    }
    expect(client.stats()).toMatchObject({ circuitOpens: 0, retries: 0, failed: 30 });
  });

  it('is closed when its request is refused before it was begun', async () => {
    const body = new Readable({ read: () => {} });
    const outcome = await put(body);
    await client.destroy();
    await settle();
    expect(outcome.error?.code).toBe('PLR_POOL_CLOSED');
    expect(body.destroyed).toBe(true);
  });
});
