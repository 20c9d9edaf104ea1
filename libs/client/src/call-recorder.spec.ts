import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
const HALF_AN_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no';

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;
let recording: Recording;

beforeEach(() => {
  clock = new FakeClock(1_000);
  connector = new ScriptedConnector();
  client = new Client({}, { clock, rng: alwaysDraws(0.5), connector: () => connector });
  recording = new Recording();
});

afterEach(() => {
  recording.stop();
});

async function start(url = `${ORIGIN}/`): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
  const outcome = new Watched(client.request(url));
  await settle();
  return outcome;
}

describe('the record of a request', () => {
  it('has every fact of its attempts, in their order', async () => {
    await start(`${ORIGIN}/a?b=c`);
    clock.advance(2);
    connector.wire(0).connect();
    await settle();
    clock.advance(3);
    connector.wire(0).respond('', 503);
    await clock.advanceAsync(25);
    clock.advance(4);
    connector.wire(0).receive(HALF_AN_ANSWER);
    await settle();
    clock.advance(5);
    expect(recording.requests).toEqual([]);
    connector.wire(0).receive('k');
    const connection = { id: 1, remoteAddress: '192.0.2.1', remotePort: 80, localPort: 40_000 };
    const requestBytes = connector.wire(0).sent.length / 2;
    const answerBytes = 'HTTP/1.1 503 Text\r\nContent-Length: 0\r\n\r\n'.length;
    expect(recording.requests).toEqual([
      {
        requestSeq: 0,
        method: 'GET',
        origin: ORIGIN,
        path: '/a?b=c',
        startedAtMs: 1_000,
        endedAtMs: 1_039,
        isOk: true,
        statusCode: 200,
        error: undefined,
        attempts: [
          {
            attempt: 1,
            kind: 'first',
            waitedMs: 0,
            admission: { askedAtMs: 1_000, answeredAtMs: 1_000 },
            queuedAtMs: 1_000,
            dialledAtMs: 1_000,
            connectedAtMs: 1_002,
            dnsMs: 0,
            tlsMs: 0,
            probe: 'alive',
            activeProbes: [],
            leasedAtMs: 1_002,
            sentAtMs: 1_002,
            firstByteAtMs: 1_005,
            endedAtMs: 1_005,
            connection: { ...connection, reused: false },
            statusCode: 503,
            error: undefined,
            requestBytesWritten: requestBytes,
            responseBytesRead: answerBytes,
            fault: undefined,
          },
          {
            attempt: 2,
            kind: 'policy',
            waitedMs: 25,
            admission: { askedAtMs: 1_030, answeredAtMs: 1_030 },
            queuedAtMs: 1_030,
            dialledAtMs: 0,
            connectedAtMs: 0,
            dnsMs: 0,
            tlsMs: 0,
            probe: 'alive',
            activeProbes: [],
            leasedAtMs: 1_030,
            sentAtMs: 1_030,
            firstByteAtMs: 1_034,
            endedAtMs: 1_039,
            connection: { ...connection, reused: true },
            statusCode: 200,
            error: undefined,
            requestBytesWritten: requestBytes,
            responseBytesRead: HALF_AN_ANSWER.length + 1,
            fault: undefined,
          },
        ],
        isRetryWithheld: false,
        refusal: undefined,
        trace: undefined,
      },
    ]);
  });

  it('names what cut the body, in the attempt and in the request, and the error knows its attempt', async () => {
    const outcome = await start();
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(25);
    connector.wire(1).connect();
    connector.wire(1).receive(HALF_AN_ANSWER);
    await settle();
    connector.wire(1).fail('ECONNRESET');
    const facts = { code: 'PLR_RESET', phase: 'receive', errno: 'ECONNRESET' };
    expect(recording.request()).toMatchObject({ isOk: false, statusCode: 200, error: facts });
    expect(recording.request().attempts[1]).toMatchObject({ statusCode: 200, error: facts });
    await expect(outcome.value?.body.text()).rejects.toMatchObject({ code: 'PLR_RESET', attempt: 2 });
  });

  it('keeps apart an answer that was given up and still comes, and the attempt after it', async () => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).receive('HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n');
    await clock.advanceAsync(25);
    connector.wire(1).connect();
    connector.wire(1).receive(HALF_AN_ANSWER);
    await settle();
    // The first answer breaks off while the second one is on its way.
    connector.wire(0).fail('ECONNRESET');
    expect(recording.requests).toEqual([]);
    connector.wire(1).receive('k');
    expect(await outcome.value?.body.text()).toBe('ok');
    expect(recording.request()).toMatchObject({ isOk: true, statusCode: 200, error: undefined });
    const told = recording
      .request()
      .attempts.map(({ statusCode, connection, error }) => [statusCode, connection?.id, error]);
    expect(told).toEqual([
      [503, 1, undefined],
      [200, 2, undefined],
    ]);
    expect(client.stats()).toMatchObject({ requests: 1, ok: 1, failed: 0 });
  });

  it('counts as failed when the body breaks off in the same turn as the head comes', async () => {
    await start();
    connector.wire(0).connect();
    connector.wire(0).receive(HALF_AN_ANSWER);
    connector.wire(0).finish();
    await settle();
    expect(recording.request()).toMatchObject({ isOk: false, error: { code: 'PLR_CLOSED_BY_PEER' } });
    expect(client.stats()).toMatchObject({ requests: 1, ok: 0, failed: 1 });
  });

  it('is not made when nobody listened as the request began', async () => {
    recording.stop();
    await start();
    recording = new Recording();
    connector.wire(0).connect();
    connector.wire(0).respond();
    await settle();
    expect(recording.requests).toEqual([]);
    expect(client.stats().requests).toBe(1);
  });

  it('is left exactly once, whatever happens to the answer afterwards', async () => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).respond('ok');
    await settle();
    await outcome.value?.body.dump();
    connector.wire(0).fail('ECONNRESET');
    await client.destroy();
    expect(recording.requests).toHaveLength(1);
  });
});
