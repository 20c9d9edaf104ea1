import { channels, type ProbeRecord } from '#libs/records';
import { FakeClock, ScriptedPool, closeReasons, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { PoolOptions } from './options.ts';

const AFTER_IDLE_MS = 2_000;
const TIMEOUT_MS = 500;
const ORIGIN = 'http://127.0.0.1';
const OPTIONS: PoolOptions = {
  activeProbe: { afterIdleMs: AFTER_IDLE_MS, timeoutMs: TIMEOUT_MS },
  idleTimeoutMs: 60_000,
};

/** Connections that have been idle for long enough to be probed, each used once. */
async function longIdle(count: number, options: PoolOptions = {}): Promise<ScriptedPool> {
  const bench = new ScriptedPool({ ...OPTIONS, ...options });
  await bench.openIdle(count);
  await bench.advance(AFTER_IDLE_MS);
  return bench;
}

const lives = (bench: ScriptedPool): string[] => bench.connector.dialled.map(({ life }) => life);
/** What was sent on each wire after its first request. */
const sent = (bench: ScriptedPool): string[][] =>
  bench.connector.dialled.map(({ requestLines }) => requestLines.slice(1));
const answer = (bench: ScriptedPool, wire: number, fields = ''): void =>
  bench.wire(wire).receive(`HTTP/1.1 404 Text\r\n${fields}Content-Length: 9\r\n\r\n`);

function probesOf(act: () => void): ProbeRecord[] {
  const heard: ProbeRecord[] = [];
  const stop = channels.probe.subscribe((record) => heard.push(record));
  act();
  stop();
  return heard.filter(({ result }) => result === 'answered' || result === 'failed');
}

describe('an active probe', () => {
  it('is never made unless it was asked for', async () => {
    const bench = await longIdle(1, { activeProbe: undefined });
    bench.send({ path: '/a' });
    expect(sent(bench)).toEqual([['GET /a']]);
  });

  it('is not made before the connection has been idle for afterIdleMs', async () => {
    const bench = new ScriptedPool({ activeProbe: { afterIdleMs: AFTER_IDLE_MS } });
    await bench.openIdle(1);
    await bench.advance(AFTER_IDLE_MS - 1);
    bench.send({ path: '/a' });
    expect(sent(bench)).toEqual([['GET /a']]);
    expect(bench.pool.stats().activeProbes).toBe(0);
  });

  it('is not made on a connection dialled just now', async () => {
    const bench = await longIdle(0);
    bench.send({ path: '/a' });
    bench.wire(0).connect();
    expect(bench.wire(0).requestLines).toEqual(['GET /a']);
  });

  it('is made on one that was dialled ahead and has been idle since', async () => {
    const bench = await longIdle(0);
    bench.pool.dialProbe(() => {});
    bench.wire(0).connect();
    await bench.advance(AFTER_IDLE_MS);
    const request = bench.send({ path: '/a' });
    answer(bench, 0);
    bench.wire(0).respond();
    await settle();
    expect(bench.wire(0).requestLines).toEqual(['HEAD /', 'GET /a']);
    expect(request.fate).toBe(200);
    expect(request.exchange).toMatchObject({ reused: true, dialledAtMs: 0 });
  });

  it('lends the connection after an answer of any status, which has no body', async () => {
    const bench = await longIdle(1);
    const request = bench.send({ path: '/a' });
    expect(sent(bench)).toEqual([['HEAD /']]);
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 0, dialing: 1, pending: 1 });
    answer(bench, 0);
    expect(sent(bench)).toEqual([['HEAD /', 'GET /a']]);
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 0, dialing: 0, pending: 0 });
    bench.wire(0).respond();
    await settle();
    expect(request.fate).toBe(200);
    expect(bench.dialled).toBe(1);
    expect(bench.pool.stats()).toMatchObject({ activeProbes: 1, activeProbesFailed: 0 });
  });

  it('asks as it was told, and waits for the whole body', async () => {
    const bench = await longIdle(1, { activeProbe: { method: 'OPTIONS', path: '*' } });
    bench.send({ path: '/a' });
    bench.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nGE');
    expect(sent(bench)).toEqual([['OPTIONS *']]);
    bench.wire(0).receive('T,');
    expect(sent(bench)).toEqual([['OPTIONS *', 'GET /a']]);
  });

  it('makes its connection young: it is not asked again until it has been idle for so long once more', async () => {
    const bench = await longIdle(1);
    const leaver = new AbortController();
    bench.send({ signal: leaver.signal });
    leaver.abort();
    answer(bench, 0);
    await bench.advance(AFTER_IDLE_MS - 1);
    bench.send({ path: '/a' });
    expect(sent(bench)).toEqual([['HEAD /', 'GET /a']]);
  });

  it('that is not answered within timeoutMs closes the connection, and a dial serves who waited', async () => {
    const bench = await longIdle(1);
    const request = bench.send({ path: '/a' });
    await bench.advance(TIMEOUT_MS - 1);
    expect([lives(bench), request.fate]).toEqual([['connected'], 'pending']);
    expect(closeReasons(() => bench.clock.advance(1))).toEqual(['timeout']);
    expect(lives(bench)).toEqual(['reset', 'dialing']);
    bench.wire(1).connect();
    bench.wire(1).respond();
    await settle();
    expect(request.fate).toBe(200);
    expect(request.exchange).toMatchObject({ reused: false, connectionId: 2 });
    expect(bench.pool.stats()).toMatchObject({ activeProbes: 1, activeProbesFailed: 1, active: 0, idle: 1 });
  });

  it.each(['by-hand', 'at-once'] as const)(
    'that meets silence closes all who were not heard of for as long: nobody waits for one after the other (turns end %s)',
    async (turnEnds) => {
      const clock = new FakeClock(0, turnEnds);
      const bench = new ScriptedPool(OPTIONS, { clock });
      for (const path of ['/1', '/2', '/3']) bench.send({ path });
      for (const wire of bench.connector.dialled) wire.connect();
      clock.endTurn();
      for (const wire of bench.connector.dialled) wire.respond();
      await bench.advance(AFTER_IDLE_MS);
      bench.send({ path: '/a' });
      clock.endTurn();
      const reasons = closeReasons(() => bench.clock.advance(TIMEOUT_MS));
      expect(reasons).toEqual(['timeout', 'suspect', 'suspect']);
      expect(lives(bench)).toEqual(['ended', 'ended', 'reset', 'dialing']);
      expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 0, dialing: 1, activeProbes: 1 });
    },
  );

  it.each([
    ['a FIN', 'peer-fin', (bench: ScriptedPool): void => bench.wire(1).finish()],
    ['a reset', 'peer-reset', (bench: ScriptedPool): void => bench.wire(1).fail('ECONNRESET')],
    ['what is no HTTP', 'protocol', (bench: ScriptedPool): void => bench.wire(1).receive('SSH-2.0\r\n\r\n')],
    [
      'Connection: close',
      'asked-to-close',
      (bench: ScriptedPool): void => answer(bench, 1, 'Connection: close\r\n'),
    ],
    [
      'more bytes than it asked for',
      'unsolicited-bytes',
      (bench: ScriptedPool): void => bench.wire(1).receive('HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\n'),
    ],
  ])('that meets %s closes the connection and goes on to the next', async (_what, reason, act) => {
    const bench = await longIdle(2);
    const request = bench.send({ path: '/a' });
    expect(closeReasons(() => act(bench))).toEqual([reason]);
    expect(sent(bench)).toEqual([['HEAD /'], ['HEAD /']]);
    answer(bench, 0);
    bench.wire(0).respond();
    await settle();
    expect(request.fate).toBe(200);
    expect(bench.dialled).toBe(2);
    expect(bench.pool.stats()).toMatchObject({ activeProbes: 2, activeProbesFailed: 1 });
  });

  it('that uses up what its peer allows of requests counts among them', async () => {
    const bench = await longIdle(0);
    bench.send();
    bench.wire(0).connect();
    bench.wire(0).respond('ok', 200, 'Keep-Alive: timeout=60, max=2\r\n');
    await bench.advance(AFTER_IDLE_MS);
    bench.send();
    expect(closeReasons(() => answer(bench, 0))).toEqual(['max-requests']);
    expect(lives(bench)).toEqual(['ended', 'dialing']);
  });

  it('is made on one connection for each that waits, and first come is first served', async () => {
    const bench = await longIdle(3);
    const requests = [bench.send({ path: '/a' }), bench.send({ path: '/b' })];
    expect(sent(bench)).toEqual([[], ['HEAD /'], ['HEAD /']]);
    answer(bench, 1);
    answer(bench, 2);
    expect(sent(bench)).toEqual([[], ['HEAD /', 'GET /a'], ['HEAD /', 'GET /b']]);
    bench.wire(1).respond();
    bench.wire(2).respond();
    await settle();
    expect(requests.map(({ fate }) => fate)).toEqual([200, 200]);
  });

  it('is made for no more than may be lent', async () => {
    const limit = { limit: 2 };
    const bench = new ScriptedPool(OPTIONS, { leaseLimit: limit });
    await bench.openIdle(2);
    await bench.advance(AFTER_IDLE_MS);
    limit.limit = 1;
    bench.send({ path: '/a' });
    bench.send({ path: '/b' });
    expect(sent(bench)).toEqual([[], ['HEAD /']]);
    answer(bench, 1);
    bench.wire(1).respond();
    expect(sent(bench)).toEqual([[], ['HEAD /', 'GET /a', 'GET /b']]);
  });

  it('does not keep who waits from whatever is ready first: a connection that another request gives back', async () => {
    const bench = await longIdle(0, { maxConnections: 2 });
    bench.send();
    bench.wire(0).connect();
    bench.wire(0).respond();
    await bench.advance(AFTER_IDLE_MS);
    bench.pool.dialProbe(() => {});
    bench.send({ path: '/a' });
    bench.wire(1).connect();
    expect(bench.connector.dialled.map(({ requestLines }) => requestLines)).toEqual([
      ['GET /', 'HEAD /'],
      ['GET /a'],
    ]);
    answer(bench, 0);
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 1, dialing: 0 });
  });

  it('begins beside a dial under way, which may fail', async () => {
    const bench = await longIdle(1);
    bench.pool.dialProbe(() => {});
    const request = bench.send({ path: '/a' });
    bench.wire(1).fail('ECONNREFUSED');
    answer(bench, 0);
    bench.wire(0).respond();
    await settle();
    expect(request.fate).toBe(200);
  });

  it('comes after the look that takes a turn of the loop, and before the one after it', async () => {
    const bench = await longIdle(1);
    bench.wire(0).probeResult = 'unknown';
    bench.send({ path: '/a' });
    expect(sent(bench)).toEqual([[]]);
    bench.poll();
    expect(sent(bench)).toEqual([['HEAD /']]);
    answer(bench, 0);
    bench.poll();
    expect(sent(bench)).toEqual([['HEAD /', 'GET /a']]);
  });

  it('is not made where the look finds the connection dead', async () => {
    const bench = await longIdle(1);
    bench.wire(0).probeResult = 'bytes';
    bench.send();
    expect([lives(bench), sent(bench)[0]]).toEqual([['ended', 'dialing'], []]);
  });

  it('is given up when its peer turns out to be unreachable', async () => {
    const bench = await longIdle(2, { activeProbe: { timeoutMs: 2_000 } });
    bench.wire(1).tcpInfo = () => ({
      retransmits: 4,
      backoff: 4,
      rtoMs: 3_200,
      unackedSegments: 1,
      lastAckReceivedMs: 3_000,
    });
    bench.send();
    await bench.advance(1_000);
    expect(lives(bench)).toEqual(['ended', 'reset', 'dialing']);
  });
});

describe('while an active probe runs', () => {
  it('the last that waits may leave: the connection joins the idle ones', async () => {
    const bench = await longIdle(1);
    const leaver = new AbortController();
    bench.send({ signal: leaver.signal });
    leaver.abort();
    answer(bench, 0);
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 1, dialing: 0, pending: 0 });
  });

  it('who waits may be recalled, and the connection serves the next', async () => {
    const bench = await longIdle(1);
    const recalled = bench.send();
    bench.pool.recall('the breaker is open');
    answer(bench, 0);
    bench.send({ path: '/b' });
    await settle();
    expect(recalled.fate).toBe('PLR_CIRCUIT_OPEN');
    expect(sent(bench)).toEqual([['HEAD /', 'GET /b']]);
  });

  it('a pool that drains still serves who waits', async () => {
    const bench = await longIdle(1);
    const request = bench.send({ path: '/a' });
    const closed = bench.pool.close();
    answer(bench, 0);
    bench.wire(0).respond();
    await closed;
    expect(request.fate).toBe(200);
    expect(lives(bench)).toEqual(['ended']);
  });

  it('a pool that drains ends at once where nobody waits', async () => {
    const bench = await longIdle(2);
    const leaver = new AbortController();
    bench.send({ signal: leaver.signal });
    bench.send({ signal: leaver.signal });
    leaver.abort();
    await bench.pool.close();
    expect(lives(bench)).toEqual(['reset', 'reset']);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('a pool that drains ends with the last that waits', async () => {
    const bench = await longIdle(1);
    const leaver = new AbortController();
    const request = bench.send({ signal: leaver.signal });
    const closed = bench.pool.close();
    leaver.abort();
    await closed;
    expect([request.fate, lives(bench)]).toEqual(['PLR_ABORTED', ['reset']]);
  });

  it('a pool that is destroyed cuts it, and fails who waits once', async () => {
    const bench = await longIdle(1);
    const request = bench.send();
    await bench.pool.destroy();
    await settle();
    expect([request.fate, lives(bench)]).toEqual(['PLR_POOL_CLOSED', ['reset']]);
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 0, dialing: 0, pending: 0 });
  });
});

describe('the record of an active probe', () => {
  it('says what the answer was, and goes with the request that waited for it', async () => {
    const bench = await longIdle(1);
    const request = bench.send();
    await bench.advance(7);
    const probes = probesOf(() => answer(bench, 0));
    expect(probes).toEqual([
      {
        origin: ORIGIN,
        connectionId: 1,
        result: 'answered',
        method: 'HEAD',
        statusCode: 404,
        failure: undefined,
        startedAtMs: AFTER_IDLE_MS,
        endedAtMs: AFTER_IDLE_MS + 7,
      },
    ]);
    expect(request.exchange.activeProbes).toEqual(probes);
  });

  it('says why there was none, and goes with the request that waits longest', async () => {
    const bench = await longIdle(1);
    const request = bench.send();
    const probes = probesOf(() => bench.clock.advance(TIMEOUT_MS));
    expect(probes).toMatchObject([{ result: 'failed', statusCode: undefined, failure: 'timeout' }]);
    expect(request.exchange.activeProbes).toEqual(probes);
  });

  it('goes with the one request that got the connection, though another waited as long', async () => {
    const bench = await longIdle(1, { maxConnections: 1 });
    const requests = [bench.send({ path: '/a' }), bench.send({ path: '/b' })];
    answer(bench, 0);
    bench.wire(0).respond();
    expect(sent(bench)).toEqual([['HEAD /', 'GET /a', 'GET /b']]);
    expect(requests.map(({ exchange }) => exchange.activeProbes.length)).toEqual([1, 0]);
  });

  it('is nobody else’s: not of a request that came when it was over', async () => {
    const bench = await longIdle(1);
    const leaver = new AbortController();
    bench.send({ signal: leaver.signal });
    leaver.abort();
    answer(bench, 0);
    await bench.advance(1);
    expect(bench.send().exchange.activeProbes).toEqual([]);
  });
});
