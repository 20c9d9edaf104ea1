import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
const WAITING: RequestOptions = { waitForPermit: true };
/** One failed connect opens it, one success closes it. */
const BY_CONNECT = { connectFailures: 1, halfOpenPermits: 1 };
/** A token for one retry and no more. */
const ONE_TOKEN = { startTokens: 1, tokensPerSecond: 0, tokensPerRequest: 0 };

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;
let recording: Recording;

type Outcome = Watched<Awaited<ReturnType<Client['request']>>>;

function makeClient(options: ClientOptions): void {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  client = new Client(options, { clock, rng: alwaysDraws(0.5), connector: () => connector });
}

beforeEach(() => {
  recording = new Recording();
});

afterEach(() => recording.stop());

async function start(options?: RequestOptions): Promise<Outcome> {
  const outcome = new Watched(client.request(ORIGIN, options));
  await settle();
  return outcome;
}

/** Requests on a pool of one connection, whose dial is refused: that opens the breaker while all but the first queue. */
async function queueBehindRefusedDial(count: number, options?: RequestOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < count; i += 1) outcomes.push(await start(options));
  connector.wire(0).fail('ECONNREFUSED');
  await settle();
  return outcomes;
}

describe('a request that queues for a connection when the breaker opens', () => {
  it('is refused like one that comes then: it was no attempt, and costs no dial', async () => {
    makeClient({ retry: { attempts: 3 }, breaker: BY_CONNECT, pool: { maxConnections: 1 } });
    const outcomes = await queueBehindRefusedDial(3);
    expect(outcomes.map(({ error }) => error?.code)).toEqual([
      undefined,
      'PLR_CIRCUIT_OPEN',
      'PLR_CIRCUIT_OPEN',
    ]);
    expect(outcomes[1]?.error).toMatchObject({ phase: 'admission', attempt: 1, retrySafe: true });
    expect(recording.request(0).attempts).toEqual([]);
    expect(client.stats().origins.get(ORIGIN)?.pool).toMatchObject({ pending: 0 });
  });

  it('waits for the peer where it may: a restart costs one retry, however many queued', async () => {
    makeClient({
      retry: { attempts: 2, budget: ONE_TOKEN },
      breaker: BY_CONNECT,
      pool: { maxConnections: 1 },
    });
    const outcomes = await queueBehindRefusedDial(5, WAITING);
    await clock.advanceAsync(30);
    // The dial that was under way already; the breaker looks at it when its own next dial is due.
    connector.wire(1).connect();
    await clock.advanceAsync(5);
    for (let i = 0; i < 5; i += 1) {
      connector.wire(1).respond();
      await settle();
    }
    expect(outcomes.map(({ value }) => value?.statusCode)).toEqual([200, 200, 200, 200, 200]);
    expect(client.stats()).toMatchObject({ retries: 1, retriesWithheld: 0, ok: 5 });
    const attempts = recording.requests.map((request) => request.attempts.map(({ kind }) => kind).join());
    expect(attempts.toSorted()).toEqual(['first', 'first', 'first', 'first', 'first,policy']);
  });

  it('has waited for all the time in its record, in the queue and for the breaker', async () => {
    makeClient({ retry: false, breaker: BY_CONNECT, pool: { maxConnections: 1 } });
    await start(WAITING);
    await start(WAITING);
    await clock.advanceAsync(7);
    connector.wire(0).fail('ECONNREFUSED');
    await settle();
    connector.wire(1).connect();
    await clock.advanceAsync(5);
    connector.wire(1).respond();
    await settle();
    expect(recording.request(1).attempts).toMatchObject([{ attempt: 1, kind: 'first', waitedMs: 12 }]);
  });

  it('keeps the token of its retry, and has it back when it ends there', async () => {
    const budget = { ...ONE_TOKEN, startTokens: 2 };
    makeClient({ retry: { attempts: 2, budget }, breaker: BY_CONNECT, pool: { maxConnections: 1 } });
    const retried = await start(WAITING);
    connector.wire(0).connect();
    await settle();
    connector.wire(0).respond('', 503);
    await settle();
    const busy = await start();
    await clock.advanceAsync(25);
    expect([retried.isPending, busy.isPending]).toEqual([true, true]);
    client.breaker(ORIGIN)?.isolate('maintenance');
    await settle();
    expect(retried.error).toMatchObject({ code: 'PLR_CIRCUIT_OPEN', attempt: 2 });
    client.breaker(ORIGIN)?.deIsolate();
    connector.wire(0).respond();
    await settle();
    expect(busy.value?.statusCode).toBe(200);
    // Both tokens are there: two requests may be retried.
    for (let i = 0; i < 2; i += 1) {
      const again = await start();
      connector.wire(0).respond('', 503);
      await clock.advanceAsync(25);
      connector.wire(0).respond();
      await settle();
      expect(again.value?.statusCode).toBe(200);
    }
    expect(client.stats()).toMatchObject({ retriesWithheld: 0 });
  });

  it('leaves alone those that a connection carries', async () => {
    makeClient({ retry: false, breaker: BY_CONNECT, pool: { maxConnections: 1 } });
    const carried = await start();
    connector.wire(0).connect();
    await settle();
    const queued = await start();
    client.breaker(ORIGIN)?.isolate('maintenance');
    await settle();
    expect(queued.error?.message).toContain('isolated by hand');
    connector.wire(0).respond();
    await settle();
    expect(carried.value?.statusCode).toBe(200);
  });
});

describe('waiting for a breaker', () => {
  it('is for as many as the pool takes at once; one more is refused and told how many wait', async () => {
    makeClient({ retry: false, breaker: BY_CONNECT, pool: { maxConnections: 1, maxPending: 2 } });
    await start();
    connector.wire(0).fail('ECONNREFUSED');
    await settle();
    const waiting = [await start(WAITING), await start(WAITING), await start(WAITING)];
    const refused = await start(WAITING);
    expect(refused.error).toMatchObject({ code: 'PLR_QUEUE_FULL', phase: 'admission', attempt: 1 });
    expect(refused.error?.message).toBe(
      `${ORIGIN}: the breaker is open (connect), and 3 requests already wait for it`,
    );
    await clock.advanceAsync(5);
    connector.wire(1).connect();
    await settle();
    for (let i = 0; i < 3; i += 1) {
      connector.wire(1).respond();
      await settle();
    }
    expect(waiting.map(({ value }) => value?.statusCode)).toEqual([200, 200, 200]);
  });
});
