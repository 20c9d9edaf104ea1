import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PASS, type FaultRule, type Verdict } from '#libs/faults';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions, FaultSource } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
/** The first attempt of the first request. */
const FIRST = { kind: 'count', first: 0, every: undefined } as const;
const ALWAYS = { kind: 'chance', probability: 1 } as const;

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;
let recording: Recording;

function makeClient(rules: FaultRule[], options: ClientOptions = {}, seed = 1): void {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  client = new Client(
    { ...options, faults: { rules, seed } },
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

describe('a fault, as the caller sees it', () => {
  it('latency: the request leaves that much later, and nothing else changes', async () => {
    makeClient([{ id: 'slow', type: 'latency', magnitude: { meanMs: 50, jitterMs: 0 }, when: FIRST }]);
    const outcome = await start();
    connector.wire(0).connect();
    await clock.advanceAsync(49);
    expect(connector.wire(0).sent).toBe('');
    await clock.advanceAsync(1);
    expect(connector.wire(0).sent).toContain('GET / HTTP/1.1');
    connector.wire(0).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.request().attempts[0]?.fault).toEqual({ faultId: 'slow', kind: 'latency' });
  });

  it('slow-read: what it still holds behind the answer condemns the connection, as it would without it', async () => {
    makeClient([{ id: 'slow', type: 'slow-read', magnitude: { meanMs: 1, jitterMs: 0 }, when: FIRST }]);
    const outcome = await start();
    connector.wire(0).connect();
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: ';
    // The answer is the first piece of 1 KiB, to the byte.
    const answer = `${head}984\r\n\r\n${'x'.repeat(984)}`;
    connector.wire(0).receive(`${answer}HTTP/1.1 200 OK\r\n\r\n`);
    await clock.advanceAsync(5);
    expect(outcome.value?.statusCode).toBe(200);
    expect(connector.wire(0).life).toBe('ended');
    expect(client.stats().pool).toMatchObject({ active: 0, idle: 0 });
  });

  it('timeout: the peer sees nothing, the attempt times out and is retried', async () => {
    makeClient([{ id: 'hole', type: 'timeout', magnitude: null, when: FIRST }], { attemptTimeoutMs: 100 });
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('swallowed');
    await clock.advanceAsync(125);
    expect(connector.wire(0)).toMatchObject({ sent: '', life: 'reset' });
    connector.wire(1).connect();
    connector.wire(1).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.request().attempts.map(({ error }) => error?.code)).toEqual([
      'PLR_ATTEMPT_TIMEOUT',
      undefined,
    ]);
  });

  it('reset: the peer has the request and an RST, the caller PLR_RESET, and a POST is not sent again', async () => {
    makeClient([{ id: 'cut', type: 'reset', magnitude: null, when: FIRST }]);
    const outcome = await start({ method: 'POST', body: 'x' });
    connector.wire(0).connect();
    await settle();
    expect(connector.wire(0)).toMatchObject({ life: 'reset' });
    expect(connector.wire(0).sent).toMatch(/\r\n\r\nx$/);
    expect(outcome.error).toMatchObject({ code: 'PLR_RESET', errno: 'ECONNRESET', retrySafe: false });
  });

  it('drop: the answer breaks off, and the request counts as failed although its head said 200', async () => {
    makeClient([{ id: 'half', type: 'drop', magnitude: null, when: FIRST }]);
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('x'.repeat(200));
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    await expect(outcome.value?.body.text()).rejects.toMatchObject({ code: 'PLR_CLOSED_BY_PEER' });
    expect(client.stats()).toMatchObject({ requests: 1, ok: 0, failed: 1 });
    expect(recording.request()).toMatchObject({
      isOk: false,
      statusCode: 200,
      error: { code: 'PLR_CLOSED_BY_PEER' },
    });
  });

  it('status: the answer arrives with another status, which the policies take for the real one', async () => {
    makeClient([{ id: 'busy', type: 'status', magnitude: { statusCode: 503 }, when: FIRST }]);
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond();
    await clock.advanceAsync(25);
    connector.wire(0).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(recording.request().attempts.map(({ statusCode }) => statusCode)).toEqual([503, 200]);
  });

  it('status: an attempt without any answer has no status', async () => {
    const busy = { id: 'busy', type: 'status', magnitude: { statusCode: 503 }, when: FIRST } as const;
    makeClient([busy], { retry: false });
    await start();
    connector.wire(0).fail('ECONNREFUSED');
    await settle();
    expect(recording.request().attempts[0]).toMatchObject({ statusCode: undefined, connection: undefined });
  });

  it('crash: idle and leased connections are cut, dials are refused for its time, and the request goes on', async () => {
    const crash = { id: 'kill', type: 'crash', magnitude: { durationMs: 500 } } as const;
    makeClient([{ ...crash, when: { kind: 'count', first: 2, every: undefined } }], {
      retry: { attempts: 2, backoff: { baseMs: 1_000 } },
      breaker: false,
    });
    const idle = await start();
    const leased = await start({ method: 'POST', body: 'x' });
    connector.wire(0).connect();
    connector.wire(1).connect();
    await settle();
    connector.wire(0).respond();
    await settle();
    const struck = await start();
    expect([connector.wire(0).life, connector.wire(1).life]).toEqual(['reset', 'reset']);
    expect(idle.value?.statusCode).toBe(200);
    expect(leased.error?.code).toBe('PLR_RESET');
    await clock.advanceAsync(499);
    expect(connector.dialled.length).toBe(2);
    await clock.advanceAsync(1);
    expect(connector.dialled.length).toBe(3);
    connector.wire(2).connect();
    connector.wire(2).respond();
    await settle();
    expect(struck.value?.statusCode).toBe(200);
    const struckRecord = recording.requests.at(-1);
    expect(struckRecord?.attempts.map(({ error }) => error?.code)).toEqual([
      'PLR_CONNECT_REFUSED',
      undefined,
    ]);
  });
});

describe('the verdict', () => {
  it('is drawn for each attempt, re-sends included, and told with its request and attempt', async () => {
    makeClient([{ id: 'cut', type: 'reset', magnitude: null, when: ALWAYS }], { retry: { attempts: 2 } });
    const outcome = await start();
    connector.wire(0).connect();
    await clock.advanceAsync(25);
    connector.wire(1).connect();
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_RESET', attempt: 2 });
    expect(recording.faults).toEqual([
      { origin: ORIGIN, requestSeq: 0, attempt: 1, faultId: 'cut', kind: 'reset' },
      { origin: ORIGIN, requestSeq: 0, attempt: 2, faultId: 'cut', kind: 'reset' },
    ]);
  });

  it('belongs to the number of the request, in the order of the calls', async () => {
    const second = { kind: 'count', first: 1, every: undefined } as const;
    makeClient([{ id: 'cut', type: 'reset', magnitude: null, when: second }], { retry: false });
    const outcomes = await Promise.all([start(), start(), start()]);
    for (const wire of connector.dialled) wire.connect();
    await settle();
    expect(outcomes.map(({ error }) => error?.code)).toEqual([undefined, 'PLR_RESET', undefined]);
  });

  it('is not told as injected where the breaker let no attempt through', async () => {
    const rate = { minCalls: 1, failureRate: 0.01 };
    makeClient([{ id: 'cut', type: 'reset', magnitude: null, when: ALWAYS }], {
      retry: false,
      breaker: rate,
    });
    await start();
    connector.wire(0).connect();
    await settle();
    const refused = await start();
    expect(refused.error?.code).toBe('PLR_CIRCUIT_OPEN');
    expect(recording.faults.map(({ requestSeq }) => requestSeq)).toEqual([0]);
  });

  it('of a crash is carried out although the breaker refuses the request: it happens to the server', async () => {
    const crash = { id: 'kill', type: 'crash', magnitude: { durationMs: 500 } } as const;
    makeClient([{ ...crash, when: { kind: 'count', first: 2, every: undefined } }], {
      retry: false,
      breaker: { minCalls: 1, failureRate: 0.01 },
    });
    const leased = await start();
    await start();
    connector.wire(0).connect();
    connector.wire(1).connect();
    connector.wire(1).respond('', 503);
    await settle();
    const struck = await start();
    expect(struck.error?.code).toBe('PLR_CIRCUIT_OPEN');
    expect(leased.error?.code).toBe('PLR_RESET');
    expect(recording.faults.map(({ kind }) => kind)).toEqual(['crash']);
  });
});

describe('a source of faults', () => {
  const RESET: Verdict = { kind: 'reset', faultId: 'cut' };

  /** What it was asked, as `requestSeq/attempt`. */
  function decideBy(decide: FaultSource['decide'], options: ClientOptions = {}): string[] {
    const asked: string[] = [];
    clock = new FakeClock();
    connector = new ScriptedConnector();
    const faults: FaultSource = {
      decide(requestSeq, attempt, request) {
        asked.push(`${requestSeq}/${attempt}`);
        return decide(requestSeq, attempt, request);
      },
    };
    client = new Client({ ...options, faults }, { clock, rng: alwaysDraws(0.5), connector: () => connector });
    return asked;
  }

  it('is asked for each attempt by its number, and what it says is done', async () => {
    const asked = decideBy((_, attempt) => (attempt === 1 ? RESET : PASS));
    const outcome = await start({ requestSeq: 41 });
    connector.wire(0).connect();
    await clock.advanceAsync(25);
    connector.wire(1).connect();
    connector.wire(1).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(asked).toEqual(['41/1', '41/2']);
    expect(recording.faults).toMatchObject([{ requestSeq: 41, attempt: 1, faultId: 'cut' }]);
  });

  it('is not asked about a request below 0', async () => {
    const asked = decideBy(() => RESET);
    const outcome = await start({ requestSeq: -1 });
    connector.wire(0).connect();
    connector.wire(0).respond();
    await settle();
    expect(outcome.value?.statusCode).toBe(200);
    expect(asked).toEqual([]);
  });

  it('can crash the origin', async () => {
    decideBy(() => ({ kind: 'crash', faultId: 'kill', durationMs: 500 }), { retry: false });
    const outcome = await start();
    await clock.advanceAsync(1);
    expect(outcome.error?.code).toBe('PLR_CONNECT_REFUSED');
    expect(connector.dialled).toEqual([]);
  });

  it('keeps its own digest', async () => {
    decideBy(() => PASS);
    await start();
    expect(client.faultDigest()).toBeUndefined();
  });
});

describe('the digest', () => {
  async function digestOfSeed(seed: number): Promise<string | undefined> {
    makeClient(
      [
        {
          id: 'busy',
          type: 'status',
          magnitude: { statusCode: 503 },
          when: { kind: 'chance', probability: 0.5 },
        },
      ],
      { retry: false, breaker: false },
      seed,
    );
    for (let i = 0; i < 64; i += 1) {
      await start();
      if (i === 0) connector.wire(0).connect();
      connector.wire(0).respond();
      await settle();
    }
    return client.faultDigest();
  }

  it('is the same for the same seed and another for another', async () => {
    const digest = await digestOfSeed(7);
    expect(digest).toMatch(/^[0-9a-f]{16}$/);
    expect(await digestOfSeed(7)).toBe(digest);
    expect(await digestOfSeed(8)).not.toBe(digest);
  });

  it('is of the first attempts: retries leave it as it is', async () => {
    const rule = { id: 'busy', type: 'status', magnitude: { statusCode: 503 }, when: ALWAYS } as const;
    makeClient([rule], { retry: false });
    await start();
    const digest = client.faultDigest();
    makeClient([rule], { retry: { attempts: 2 } });
    await start();
    connector.wire(0).connect();
    connector.wire(0).respond();
    await clock.advanceAsync(25);
    expect(connector.wire(0).sent.match(/GET/g)).toHaveLength(2);
    expect(client.faultDigest()).toBe(digest);
  });

  it('is undefined without faults', () => {
    expect(new Client().faultDigest()).toBeUndefined();
  });
});
