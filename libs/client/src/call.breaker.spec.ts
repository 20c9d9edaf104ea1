import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { channels, type BreakerRecord } from '#libs/records';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
/** One failed connect opens it, one success closes it. */
const BY_CONNECT = { connectFailures: 1, halfOpenPermits: 1 };
/** One failed call opens it, for 900 ms when chance draws a half. */
const BY_RATE = { minCalls: 1, failureRate: 0.01, halfOpenPermits: 1 };

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;
let recording: Recording;
let moves: BreakerRecord[];
let unsubscribe: () => void;

function makeClient(options: ClientOptions): void {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  client = new Client(options, { clock, rng: alwaysDraws(0.5), connector: () => connector });
}

beforeEach(() => {
  recording = new Recording();
  moves = [];
  unsubscribe = channels.breaker.subscribe((record) => moves.push(record));
});

afterEach(() => {
  unsubscribe();
  recording.stop();
});

async function start(options?: RequestOptions): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
  const outcome = new Watched(client.request(ORIGIN, options));
  await settle();
  return outcome;
}

/** A request that is refused the connection, which opens a breaker `BY_CONNECT`. */
async function refuseConnect(): Promise<void> {
  const outcome = await start();
  connector.wire(connector.dialled.length - 1).fail('ECONNREFUSED');
  await settle();
  expect(outcome.error?.code).toBe('PLR_CONNECT_REFUSED');
}

/** A request that is answered 503, which opens a breaker `BY_RATE`. */
async function answerUnavailable(): Promise<void> {
  const outcome = await start();
  const wire = connector.wire(0);
  if (wire.life === 'dialing') wire.connect();
  wire.respond('', 503);
  await settle();
  expect(outcome.value?.statusCode).toBe(503);
}

describe('a breaker opened by failed connects', () => {
  beforeEach(() => {
    makeClient({ retry: false, breaker: BY_CONNECT });
  });

  it('refuses at once, dials nothing for it, and never retries', async () => {
    makeClient({ breaker: BY_CONNECT });
    const first = await start();
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(4);
    const second = await start();
    expect(second.error).toMatchObject({ code: 'PLR_CIRCUIT_OPEN', phase: 'admission', attempt: 1 });
    expect(second.error?.message).toContain('the breaker is open (connect)');
    expect(connector.dialled.length).toBe(1);
    expect(recording.request().attempts).toEqual([]);
    expect(first.isPending).toBe(true);
  });

  it('ends a request in its backoff with PLR_CIRCUIT_OPEN, caused by the failure before', async () => {
    makeClient({ breaker: BY_CONNECT });
    const outcome = await start();
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(25);
    expect(outcome.error).toMatchObject({ code: 'PLR_CIRCUIT_OPEN', attempt: 2 });
    expect(outcome.error?.cause).toMatchObject({ code: 'PLR_CONNECT_REFUSED' });
    expect(recording.kinds()).toEqual(['first']);
  });

  it('dials in the background after 5, 10, 20 ms …, up to 125, when chance draws a half', async () => {
    await refuseConnect();
    for (const [index, delayMs] of [5, 10, 20, 40, 80, 125, 125].entries()) {
      await clock.advanceAsync(delayMs - 0.5);
      expect(connector.dialled.length).toBe(index + 1);
      await clock.advanceAsync(0.5);
      expect(connector.dialled.length).toBe(index + 2);
      connector.wire(index + 1).fail('ECONNREFUSED');
    }
  });

  it('half-opens when the background dial connects, and the next request goes on that connection', async () => {
    await refuseConnect();
    await clock.advanceAsync(5);
    connector.wire(1).connect();
    const outcome = await start();
    expect(connector.dialled.length).toBe(2);
    connector.wire(1).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(moves.map(({ to, cause }) => [to, cause])).toEqual([
      ['open', 'connect'],
      ['half-open', 'dial-connected'],
      ['closed', 'trials-succeeded'],
    ]);
    expect(client.stats().circuitOpens).toBe(1);
  });

  describe('while the pool is full, so that no background dial can be made', () => {
    /** A request that was let through before the breaker opened, on the only connection that the pool may have. */
    async function fillPool(): Promise<void> {
      makeClient({
        retry: false,
        breaker: { ...BY_CONNECT, openMs: 1_000, maxOpenMs: 1_000 },
        pool: { maxConnections: 1 },
      });
      await start();
      await start();
      connector.wire(0).fail('ECONNREFUSED');
      connector.wire(1).connect();
      await settle();
      expect((await start()).error?.code).toBe('PLR_CIRCUIT_OPEN');
    }

    it('half-opens when a connection is idle, and the next request tries that one', async () => {
      await fillPool();
      connector.wire(1).respond();
      await clock.advanceAsync(5);
      const trial = await start();
      connector.wire(1).respond();
      await settle();
      expect(trial.value?.statusCode).toBe(200);
      expect(moves.map(({ to }) => to)).toEqual(['open', 'half-open', 'closed']);
    });

    it('half-opens after maxOpenMs at the latest when none becomes idle', async () => {
      await fillPool();
      await clock.advanceAsync(999);
      expect((await start()).error?.code).toBe('PLR_CIRCUIT_OPEN');
      await clock.advanceAsync(1);
      expect((await start()).isPending).toBe(true);
    });
  });

  it('dials no more once the client is closed', async () => {
    await refuseConnect();
    await client.close();
    await clock.advanceAsync(60_000);
    expect(connector.dialled.length).toBe(1);
  });

  it('dials anew after 250 ms beside a background dial that hangs, and half-opens when that one connects', async () => {
    await refuseConnect();
    await clock.advanceAsync(5);
    expect(connector.dialled.length).toBe(2);
    await clock.advanceAsync(249.5);
    expect(connector.dialled.length).toBe(2);
    await clock.advanceAsync(0.5);
    expect(connector.dialled.length).toBe(3);
    connector.wire(2).connect();
    const outcome = await start();
    connector.wire(2).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    await clock.advanceAsync(60_000);
    expect(connector.dialled.length).toBe(3);
  });

  it('does not dial sooner because a background dial that hung has failed', async () => {
    await refuseConnect();
    await clock.advanceAsync(5 + 250);
    connector.wire(1).fail('EHOSTUNREACH');
    await clock.advanceAsync(249.5);
    expect(connector.dialled.length).toBe(3);
    await clock.advanceAsync(0.5);
    expect(connector.dialled.length).toBe(4);
  });

  it('dials in the background when it opens again, although an earlier dial still hangs', async () => {
    makeClient({
      retry: false,
      breaker: { ...BY_CONNECT, halfOpenPermits: 2, openMs: 200, maxOpenMs: 200 },
    });
    await refuseConnect();
    await clock.advanceAsync(200);
    expect(connector.dialled.length).toBe(2);
    // The first trial waits for the background dial, the second one dials for itself.
    await start();
    await start();
    connector.wire(2).fail('ECONNREFUSED');
    await clock.advanceAsync(10);
    expect(moves.map(({ to }) => to)).toEqual(['open', 'half-open', 'open']);
    expect(connector.dialled.length).toBe(4);
  });
});

describe('a breaker opened by rate', () => {
  beforeEach(() => {
    makeClient({ retry: false, breaker: BY_RATE });
  });

  it('dials nothing in the background, and half-opens for the first request after its interval', async () => {
    await answerUnavailable();
    await clock.advanceAsync(899);
    expect((await start()).error?.code).toBe('PLR_CIRCUIT_OPEN');
    await clock.advanceAsync(1);
    const trial = await start();
    const beside = await start();
    connector.wire(0).respond();
    await settle();
    expect(trial.value?.statusCode).toBe(200);
    expect(beside.error?.message).toContain('half-open with all trial calls under way');
    expect((await start()).isPending).toBe(true);
    expect(connector.dialled.length).toBe(1);
  });

  it('counts each opening: by the calls, and again by a failed trial', async () => {
    await answerUnavailable();
    await clock.advanceAsync(900);
    await answerUnavailable();
    expect(moves.map(({ to }) => to)).toEqual(['open', 'half-open', 'open']);
    expect(client.stats().circuitOpens).toBe(2);
    expect(client.stats().origins.get(ORIGIN)?.circuitOpens).toBe(2);
  });

  it('does not count what is no call: aborts and its own acquire timeouts', async () => {
    makeClient({ retry: false, breaker: BY_RATE, pool: { acquireTimeoutMs: 100 } });
    const abort = new AbortController();
    const aborted = await start({ signal: abort.signal });
    abort.abort();
    const late = await start();
    await clock.advanceAsync(100);
    expect(aborted.error?.code).toBe('PLR_ABORTED');
    expect(late.error?.code).toBe('PLR_ACQUIRE_TIMEOUT');
    expect(client.stats().circuitOpens).toBe(0);
  });
});

describe('without a breaker', () => {
  it('every request is let through, however many failed', async () => {
    makeClient({ retry: false, breaker: false });
    for (let i = 0; i < 30; i += 1) await refuseConnect();
    expect(client.stats()).toMatchObject({ requests: 30, failed: 30, circuitOpens: 0 });
  });
});

describe('a request that waits for a permit', () => {
  it('goes when the background dial has connected, having spent no attempt and no budget', async () => {
    const budget = { startTokens: 1, tokensPerSecond: 0, tokensPerRequest: 0 };
    makeClient({ retry: { attempts: 2, budget }, breaker: BY_CONNECT });
    const outcome = await start({ waitForPermit: true });
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(30);
    expect(outcome.isPending).toBe(true);
    connector.wire(1).connect();
    await settle();
    connector.wire(1).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.kinds()).toEqual(['first', 'policy']);
    expect(recording.request().attempts[1]?.waitedMs).toBe(30);
    expect(client.stats()).toMatchObject({ retries: 1, retriesWithheld: 0 });
  });

  it('waits before its first attempt too, and that wait is part of the request', async () => {
    makeClient({ retry: false, breaker: BY_RATE });
    await answerUnavailable();
    const outcome = await start({ waitForPermit: true });
    await clock.advanceAsync(900);
    connector.wire(0).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    const record = recording.request(1);
    expect(record.endedAtMs - record.startedAtMs).toBe(900);
    expect(record.attempts.map(({ kind, waitedMs }) => [kind, waitedMs])).toEqual([['first', 900]]);
  });

  it('ends as PLR_CIRCUIT_OPEN at its deadline and not before', async () => {
    makeClient({ retry: { attempts: 2 }, breaker: BY_CONNECT });
    const outcome = await start({ waitForPermit: true, deadlineMs: 1_000 });
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(999);
    expect(outcome.isPending).toBe(true);
    await clock.advanceAsync(1);
    expect(outcome.error).toMatchObject({ code: 'PLR_CIRCUIT_OPEN', attempt: 2 });
    expect(outcome.error?.cause).toMatchObject({ code: 'PLR_CONNECT_REFUSED' });
  });

  it('ends at its deadline although the breaker would let it through at that moment', async () => {
    makeClient({ retry: false, breaker: BY_RATE });
    await answerUnavailable();
    const outcome = await start({ waitForPermit: true, deadlineMs: 900 });
    await clock.advanceAsync(900);
    expect(outcome.error?.code).toBe('PLR_CIRCUIT_OPEN');
    expect(connector.wire(0).sent.match(/GET/g)).toHaveLength(1);
  });

  it('has the permit of a trial that its caller aborted', async () => {
    makeClient({ retry: false, breaker: BY_RATE });
    await answerUnavailable();
    await clock.advanceAsync(900);
    const abort = new AbortController();
    const trial = await start({ signal: abort.signal });
    const waiting = await start({ waitForPermit: true });
    abort.abort();
    await settle();
    connector.wire(1).connect();
    connector.wire(1).respond();
    await settle();
    expect(trial.error?.code).toBe('PLR_ABORTED');
    expect(waiting.value?.statusCode).toBe(200);
  });

  it('has the permit of a trial that ended by a limit of our own', async () => {
    makeClient({ retry: false, breaker: BY_RATE, pool: { acquireTimeoutMs: 100, idleTimeoutMs: 1 } });
    await answerUnavailable();
    await clock.advanceAsync(900);
    const trial = await start();
    const waiting = await start({ waitForPermit: true });
    await clock.advanceAsync(100);
    expect(trial.error?.code).toBe('PLR_ACQUIRE_TIMEOUT');
    connector.wire(1).connect();
    connector.wire(1).respond();
    await settle();
    expect(waiting.value?.statusCode).toBe(200);
  });

  it('follows a breaker that opens again: it waits for the new interval, not for the permit of the failed trial', async () => {
    makeClient({ retry: false, breaker: BY_RATE });
    await answerUnavailable();
    await clock.advanceAsync(900);
    const trial = await start();
    const waiting = await start({ waitForPermit: true });
    connector.wire(0).respond('', 503);
    await settle();
    expect(trial.value?.statusCode).toBe(503);
    await clock.advanceAsync(1_800);
    connector.wire(0).respond();
    await settle();
    expect(waiting.value?.statusCode).toBe(200);
  });
});

describe('the health of an origin', () => {
  it('is down with the reason while the breaker is open, degraded while it tries, and ok again after', async () => {
    makeClient({ retry: false, breaker: BY_CONNECT });
    const health = (): unknown => client.health().get(ORIGIN);
    await refuseConnect();
    expect(health()).toEqual({
      status: 'down',
      reason: 'the breaker is open: it could not be connected to',
    });
    await clock.advanceAsync(5);
    connector.wire(1).connect();
    expect(health()).toEqual({
      status: 'degraded',
      reason: 'the breaker is half-open: trial calls decide',
    });
    await start();
    connector.wire(1).respond();
    await settle();
    expect(health()).toEqual({ status: 'ok' });
  });
});

describe('the handle of a breaker', () => {
  it('takes an origin out by hand before its first request, and lets it in again', async () => {
    makeClient({ retry: false });
    const breaker = client.breaker(`${ORIGIN}/any/path`);
    breaker?.isolate('moving house');
    expect(breaker?.state).toEqual({ kind: 'isolated', reason: 'moving house' });
    const refused = await start({ waitForPermit: true });
    expect(refused.error).toMatchObject({
      code: 'PLR_CIRCUIT_OPEN',
      message: `${ORIGIN}: the breaker is isolated by hand`,
    });
    expect(client.health().get(ORIGIN)).toEqual({
      status: 'down',
      reason: 'isolated by hand: moving house',
    });
    breaker?.deIsolate();
    const admitted = await start();
    connector.wire(0).connect();
    connector.wire(0).respond();
    await settle();
    expect(admitted.value?.statusCode).toBe(200);
    expect(breaker?.state).toEqual({ kind: 'closed' });
    expect(breaker?.window).toEqual({ calls: 1, failures: 0, slow: 0 });
    expect(moves.map(({ from, to, cause }) => `${from}>${to} ${cause}`)).toEqual([
      'closed>isolated isolate',
      'isolated>closed de-isolate',
    ]);
  });

  it('ends the background dial', async () => {
    makeClient({ retry: false, breaker: BY_CONNECT });
    await refuseConnect();
    const breaker = client.breaker(ORIGIN);
    breaker?.isolate('by hand');
    await clock.advanceAsync(60_000);
    expect(connector.dialled).toHaveLength(1);
  });

  it('is not there without breakers, nor of an origin that a closed client never met', async () => {
    makeClient({ breaker: false });
    expect(client.breaker(ORIGIN)).toBeUndefined();
    makeClient({});
    await client.close();
    expect(client.breaker(ORIGIN)).toBeUndefined();
  });
});

describe('slow calls', () => {
  it('open the breaker, and the time in the queue is not counted', async () => {
    makeClient({
      retry: false,
      pool: { maxConnections: 1 },
      breaker: { minCalls: 4, slowCallMs: 100 },
    });
    const outcomes = [await start(), await start(), await start()];
    connector.wire(0).connect();
    for (const waitMs of [60, 60, 100]) {
      await clock.advanceAsync(waitMs);
      connector.wire(0).respond();
      await settle();
    }
    expect(outcomes.map(({ value }) => value?.statusCode)).toEqual([200, 200, 200]);
    expect(client.breaker(ORIGIN)?.window).toEqual({ calls: 3, failures: 0, slow: 1 });
    await start();
    await clock.advanceAsync(100);
    connector.wire(0).respond();
    await settle();
    expect(moves.map(({ to, cause, slow }) => [to, cause, slow])).toEqual([['open', 'slow', 2]]);
  });
});
