import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, FaultPlan, type FaultRule } from '#libs/faults';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
/** What is struck is the first attempt of the request with number `first`. */
const on = (first: number): FaultRule['when'] => ({ kind: 'count', first, every: undefined });
const crashOn = (first: number): FaultRule => ({
  id: 'kill',
  type: 'crash',
  magnitude: { durationMs: 500 },
  when: on(first),
});
const resetOn = (first: number): FaultRule => ({
  id: 'cut',
  type: 'reset',
  magnitude: null,
  when: on(first),
});
const holdOn = (first: number): FaultRule => ({
  id: 'slow',
  type: 'latency',
  magnitude: { meanMs: 1000, jitterMs: 0 },
  when: on(first),
});
const ONE_FAILURE_OPENS = { minCalls: 1, failureRate: 0.01, halfOpenPermits: 1 };

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;
let recording: Recording;

function makeClient(rules: FaultRule[], options: ClientOptions = {}): void {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  client = new Client(
    { retry: false, breaker: false, ...options, faults: { rules, seed: 1 } },
    { clock, rng: alwaysDraws(0.5), connector: () => connector },
  );
}

beforeEach(() => {
  recording = new Recording();
});

afterEach(() => {
  recording.stop();
});

async function start(options?: RequestOptions): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
  const outcome = new Watched(client.request(ORIGIN, options));
  await settle();
  return outcome;
}

/** The code that request `seq` ended with, and how a fault of another had reached it. */
function endOf(seq: number): unknown[] {
  const record = recording.requests.find(({ requestSeq }) => requestSeq === seq);
  return [record?.error?.code, record?.error?.collateral];
}

describe('a request is collateral of a crash', () => {
  it('when its connection was cut', async () => {
    makeClient([crashOn(1)]);
    await start();
    connector.wire(0).connect();
    await start();
    expect(endOf(0)).toEqual(['PLR_RESET', 'cut']);
    expect(recording.request().attempts[0]?.error?.collateral).toBe('cut');
  });

  it('when its dial was given up by the crash, or refused while it lasted', async () => {
    makeClient([crashOn(1)]);
    await start();
    await start();
    await clock.advanceAsync(499);
    await start();
    await clock.advanceAsync(1);
    expect([endOf(0), endOf(2)]).toEqual([
      ['PLR_CONNECT_REFUSED', 'cut'],
      ['PLR_CONNECT_REFUSED', 'cut'],
    ]);
  });

  it('and not when the peer itself refused or reset it, before the crash or after', async () => {
    makeClient([crashOn(2)]);
    await start();
    connector.wire(0).fail('ECONNREFUSED');
    await start();
    connector.wire(1).connect();
    connector.wire(1).fail('ECONNRESET');
    await clock.advanceAsync(0);
    await start();
    await clock.advanceAsync(500);
    await start();
    connector.wire(2).fail('ECONNREFUSED');
    await start();
    connector.wire(3).connect();
    connector.wire(3).fail('ECONNRESET');
    await settle();
    expect([0, 1, 3, 4].map(endOf)).toEqual([
      ['PLR_CONNECT_REFUSED', undefined],
      ['PLR_RESET', undefined],
      ['PLR_CONNECT_REFUSED', undefined],
      ['PLR_RESET', undefined],
    ]);
  });
});

describe('a request is collateral of the breaker', () => {
  it('when an injected failure had opened it', async () => {
    makeClient([resetOn(0)], { breaker: ONE_FAILURE_OPENS });
    await start();
    connector.wire(0).connect();
    await settle();
    await start();
    expect(endOf(1)).toEqual(['PLR_CIRCUIT_OPEN', 'breaker']);
  });

  it('when the failure of a request that a crash had cut opened it', async () => {
    makeClient([crashOn(1)], { breaker: ONE_FAILURE_OPENS });
    await start();
    connector.wire(0).connect();
    await start();
    await start();
    expect(endOf(2)).toEqual(['PLR_CIRCUIT_OPEN', 'breaker']);
  });

  it('and not when only the peer had failed since the breaker was closed', async () => {
    makeClient([resetOn(0)], { breaker: ONE_FAILURE_OPENS });
    await start();
    connector.wire(0).connect();
    await clock.advanceAsync(900);
    await start();
    connector.wire(1).connect();
    connector.wire(1).respond();
    await settle();
    await start();
    connector.wire(1).respond('', 503);
    await settle();
    await start();
    expect(endOf(3)).toEqual(['PLR_CIRCUIT_OPEN', undefined]);
  });

  it('and not any more when the peer fails a trial after the window', async () => {
    const breaker = { ...ONE_FAILURE_OPENS, windowMs: 1000, openMs: 2000 };
    makeClient([resetOn(0)], { breaker });
    await start();
    connector.wire(0).connect();
    await clock.advanceAsync(2000);
    await start();
    connector.wire(1).connect();
    connector.wire(1).respond('', 503);
    await settle();
    await start();
    expect(endOf(2)).toEqual(['PLR_CIRCUIT_OPEN', undefined]);
  });
});

describe('a request is collateral of the queue', () => {
  const ONE_CONNECTION = { maxConnections: 1, acquireTimeoutMs: 500, maxPending: 1 };

  it('when it had no connection in time, or no place to wait, behind an injected latency', async () => {
    makeClient([holdOn(0)], { pool: ONE_CONNECTION });
    await start();
    connector.wire(0).connect();
    await settle();
    await start();
    await start();
    await clock.advanceAsync(500);
    expect([endOf(1), endOf(2)]).toEqual([
      ['PLR_ACQUIRE_TIMEOUT', 'queue'],
      ['PLR_QUEUE_FULL', 'queue'],
    ]);
  });

  it('also when the connection was given back before its time was up', async () => {
    makeClient([holdOn(0)], { pool: { ...ONE_CONNECTION, maxPending: 2, acquireTimeoutMs: 1500 } });
    await start();
    connector.wire(0).connect();
    await start();
    await start();
    await clock.advanceAsync(1000);
    connector.wire(0).respond();
    await clock.advanceAsync(500);
    expect(endOf(2)).toEqual(['PLR_ACQUIRE_TIMEOUT', 'queue']);
  });

  it('and not behind a slow peer, nor behind another that waits and has a fault before it', async () => {
    makeClient([holdOn(1)], { pool: { ...ONE_CONNECTION, maxPending: 2 } });
    await start();
    connector.wire(0).connect();
    await start();
    await start();
    await clock.advanceAsync(500);
    expect([endOf(1), endOf(2)]).toEqual([
      ['PLR_ACQUIRE_TIMEOUT', undefined],
      ['PLR_ACQUIRE_TIMEOUT', undefined],
    ]);
    const waited = recording.requests.find(({ requestSeq }) => requestSeq === 1);
    expect(waited?.attempts[0]?.fault).toBeUndefined();
  });
});

describe('a request with a number of its caller', () => {
  it('meets the faults of that number, whichever comes first', async () => {
    makeClient([resetOn(7)]);
    const outcomes = [await start({ requestSeq: 7 }), await start({ requestSeq: 3 })];
    for (const wire of connector.dialled) wire.connect();
    await settle();
    expect(outcomes.map(({ error }) => error?.code)).toEqual(['PLR_RESET', undefined]);
    expect(recording.request().requestSeq).toBe(7);
  });

  it('below 0 meets none', async () => {
    makeClient([{ ...resetOn(0), when: { kind: 'chance', probability: 1 } }], { retry: { attempts: 2 } });
    const outcome = await start({ requestSeq: -1 });
    connector.wire(0).connect();
    connector.wire(0).respond('', 503);
    await clock.advanceAsync(25);
    connector.wire(0).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.faults).toEqual([]);
  });

  it('takes no number of the client, and is not in its digest', async () => {
    const rule: FaultRule = { ...resetOn(0), when: { kind: 'chance', probability: 1 } };
    makeClient([rule]);
    await start({ requestSeq: 9 });
    await start();
    await start({ requestSeq: 4 });
    await start();
    for (const wire of connector.dialled) wire.connect();
    await settle();
    expect(recording.requests.map(({ requestSeq }) => requestSeq)).toEqual([9, 0, 4, 1]);
    expect(client.faultDigest()).toBe(digestOf(new FaultPlan([rule], 1), 2));
  });

  it('that is not a whole number is refused', async () => {
    makeClient([]);
    const outcome = await start({ requestSeq: 0.5 });
    expect(outcome.error?.message).toBe('requestSeq must be a whole number, got 0.5');
  });
});

it('the name of a client stands in its records', async () => {
  makeClient([], { name: 'load' });
  await start();
  connector.wire(0).fail('ECONNREFUSED');
  await settle();
  expect(recording.request().client).toBe('load');
});
