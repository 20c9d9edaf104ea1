import { channels, type ProbeRecord } from '#libs/records';
import { ScriptedPool, closeReasons, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { PoolOptions } from './options.ts';

const lives = (bench: ScriptedPool): string[] => bench.connector.dialled.map(({ life }) => life);

describe('an idle connection', () => {
  it('is closed after idleTimeoutMs, at that very moment, the oldest first', async () => {
    const bench = new ScriptedPool({ idleTimeoutMs: 1_000 });
    bench.send();
    bench.send();
    bench.wire(0).connect();
    bench.wire(1).connect();
    bench.wire(0).respond();
    await bench.advance(10);
    bench.wire(1).respond();
    await bench.advance(989);
    expect(lives(bench)).toEqual(['connected', 'connected']);
    const reasons = closeReasons(() => bench.clock.advance(1));
    expect(lives(bench)).toEqual(['ended', 'connected']);
    expect(reasons).toEqual(['idle-timeout']);
    await bench.advance(9);
    expect(lives(bench)).toEqual(['ended', 'connected']);
    await bench.advance(1);
    expect(lives(bench)).toEqual(['ended', 'ended']);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('grows young again when it is used', async () => {
    const bench = new ScriptedPool({ idleTimeoutMs: 1_000 });
    await bench.openIdle(1);
    await bench.advance(900);
    bench.send();
    bench.wire(0).respond();
    await bench.advance(999);
    expect(lives(bench)).toEqual(['connected']);
    await bench.advance(1);
    expect(lives(bench)).toEqual(['ended']);
  });

  it('is as old as the dial that nobody needed any more', async () => {
    const bench = new ScriptedPool({ idleTimeoutMs: 1_000 });
    bench.pool.dialProbe(() => {});
    bench.wire(0).connect();
    await bench.advance(999);
    expect(lives(bench)).toEqual(['connected']);
    await bench.advance(1);
    expect(lives(bench)).toEqual(['ended']);
  });

  it('is closed on release where there are maxIdle already', async () => {
    const bench = new ScriptedPool({ maxIdle: 1 });
    bench.send();
    bench.send();
    bench.wire(0).connect();
    bench.wire(1).connect();
    bench.wire(0).respond();
    const reasons = closeReasons(() => bench.wire(1).respond());
    expect(lives(bench)).toEqual(['connected', 'ended']);
    expect(reasons).toEqual(['max-idle']);
  });

  it('serves whoever waits although maxIdle is 0', async () => {
    const bench = new ScriptedPool({ maxIdle: 0, maxConnections: 1 });
    bench.send();
    const next = bench.send();
    bench.wire(0).connect();
    bench.wire(0).respond();
    bench.wire(0).respond();
    await settle();
    expect(next.fate).toBe(200);
    expect(lives(bench)).toEqual(['ended']);
  });

  it.each([
    ['a FIN', 'peer-fin', (bench: ScriptedPool): void => bench.wire(0).finish()],
    ['an RST', 'peer-reset', (bench: ScriptedPool): void => bench.wire(0).fail('ECONNRESET')],
    ['bytes unasked', 'unsolicited-bytes', (bench: ScriptedPool): void => bench.wire(0).respond()],
  ])('leaves at once on %s', async (_what, reason, act) => {
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    expect(closeReasons(() => act(bench))).toEqual([reason]);
    expect(bench.wire(0).isOver).toBe(true);
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 0 });
    bench.send();
    expect(bench.dialled).toBe(2);
  });
});

describe('a look at the checkout', () => {
  it.each(['fin', 'reset', 'bytes'] as const)(
    'that finds %s closes the connection and takes the next',
    async (found) => {
      const bench = new ScriptedPool();
      await bench.openIdle(2);
      bench.wire(1).probeResult = found;
      bench.send({ path: '/a' });
      expect(lives(bench)).toEqual(['connected', 'ended']);
      expect(bench.wire(0).requestLines).toEqual(['GET /', 'GET /a']);
      expect(bench.wire(1).requestLines).toEqual(['GET /']);
      expect(bench.dialled).toBe(2);
      expect(bench.pool.stats().probesDead).toBe(1);
    },
  );

  it('that finds all of them dead makes a fresh one', async () => {
    const bench = new ScriptedPool({ maxConnections: 2 });
    await bench.openIdle(2);
    bench.wire(0).probeResult = 'fin';
    bench.wire(1).probeResult = 'reset';
    expect(closeReasons(() => bench.send({ path: '/a' }))).toEqual(['peer-reset', 'peer-fin']);
    bench.wire(2).connect();
    expect(bench.wire(2).requestLines).toEqual(['GET /a']);
  });

  it('is published with what it found', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(2);
    bench.wire(1).probeResult = 'fin';
    const heard: ProbeRecord[] = [];
    const stop = channels.probe.subscribe((record) => heard.push(record));
    bench.send();
    stop();
    const origin = 'http://127.0.0.1';
    expect(heard).toEqual([
      { origin, connectionId: 2, result: 'fin' },
      { origin, connectionId: 1, result: 'alive' },
    ]);
  });
});

describe('a look that takes a turn of the loop', () => {
  /** So many idle connections of which only a turn of the loop can tell whether they live. */
  async function unknowable(count: number, options: PoolOptions = {}): Promise<ScriptedPool> {
    const bench = new ScriptedPool(options);
    await bench.openIdle(count);
    for (const wire of bench.connector.dialled) wire.probeResult = 'unknown';
    return bench;
  }

  it('lends the connection that is still there after one poll', async () => {
    const bench = await unknowable(1);
    bench.send({ path: '/a' });
    expect(bench.wire(0).requestLines).toEqual(['GET /']);
    bench.poll();
    expect(bench.wire(0).requestLines).toEqual(['GET /', 'GET /a']);
    expect(bench.dialled).toBe(1);
  });

  it('dials as soon as the poll brings a FIN', async () => {
    const bench = await unknowable(1);
    bench.send({ path: '/a' });
    bench.wire(0).finish();
    expect(bench.dialled).toBe(2);
    bench.poll();
    bench.wire(1).connect();
    expect(bench.wire(1).requestLines).toEqual(['GET /a']);
  });

  it('dials when the socket knows of a reset that it has not told yet', async () => {
    const bench = await unknowable(1);
    bench.send({ path: '/a' });
    bench.wire(0).probeResult = 'reset';
    bench.poll();
    expect(lives(bench)).toEqual(['ended', 'dialing']);
  });

  it('is taken at one connection for each waiting request, and leaves the others alone', async () => {
    const bench = await unknowable(3);
    bench.send({ path: '/a' });
    expect(bench.pool.stats()).toMatchObject({ idle: 2, dialing: 1, pending: 1 });
    bench.send({ path: '/b' });
    expect(bench.pool.stats()).toMatchObject({ idle: 1, dialing: 2, pending: 2 });
    bench.poll();
    expect(bench.wire(2).requestLines).toEqual(['GET /', 'GET /a']);
    expect(bench.wire(1).requestLines).toEqual(['GET /', 'GET /b']);
    expect(bench.wire(0).requestLines).toEqual(['GET /']);
    expect(bench.dialled).toBe(3);
  });

  it('keeps the order of use: the connection used last is lent first', async () => {
    const bench = await unknowable(3);
    for (const path of ['/a', '/b', '/c']) {
      bench.send({ path });
      bench.poll();
    }
    expect(bench.connector.dialled.map(({ requestLines }) => requestLines.at(-1))).toEqual([
      'GET /c',
      'GET /b',
      'GET /a',
    ]);
  });

  it('lets no later request overtake the one that waits for it', async () => {
    const bench = await unknowable(2);
    bench.send({ path: '/a' });
    bench.wire(0).probeResult = 'alive';
    bench.send({ path: '/b' });
    expect(bench.wire(0).requestLines).toEqual(['GET /', 'GET /a']);
    bench.poll();
    expect(bench.wire(1).requestLines).toEqual(['GET /', 'GET /b']);
  });

  it('goes on to the next idle connection when the one looked at is dead', async () => {
    const bench = await unknowable(2);
    bench.send({ path: '/a' });
    bench.wire(1).finish();
    bench.poll();
    expect(bench.wire(0).requestLines).toEqual(['GET /', 'GET /a']);
    expect(bench.dialled).toBe(2);
  });

  it('changes nothing of the age of a connection that nobody needs any more', async () => {
    const bench = await unknowable(1, { idleTimeoutMs: 1_000 });
    await bench.advance(500);
    const leaver = new AbortController();
    bench.send({ signal: leaver.signal });
    leaver.abort();
    bench.poll();
    expect(bench.pool.stats().idle).toBe(1);
    await bench.advance(499);
    expect(lives(bench)).toEqual(['connected']);
    await bench.advance(1);
    expect(lives(bench)).toEqual(['ended']);
  });

  it('ends with the pool: a connection found alive while it drains is closed', async () => {
    const bench = await unknowable(1);
    const leaver = new AbortController();
    const request = bench.send({ signal: leaver.signal });
    const closed = bench.pool.close();
    leaver.abort();
    bench.poll();
    await closed;
    expect(request.fate).toBe('PLR_ABORTED');
    expect(lives(bench)).toEqual(['ended']);
  });

  it('is of no consequence once the pool is destroyed', async () => {
    const bench = await unknowable(1);
    const request = bench.send();
    await bench.pool.destroy();
    bench.poll();
    await settle();
    expect(request.fate).toBe('PLR_POOL_CLOSED');
    expect(bench.wire(0).requestLines).toEqual(['GET /']);
  });
});

describe('when a connection dies under its request', () => {
  /** Three idle connections, of which the youngest carries a request. */
  async function threeWithOneBusy(options: PoolOptions = {}): Promise<ScriptedPool> {
    const bench = new ScriptedPool(options);
    await bench.openIdle(3);
    bench.send();
    return bench;
  }

  it.each([
    ['a FIN', 'peer-fin', (bench: ScriptedPool): void => bench.wire(2).finish()],
    ['an RST', 'peer-reset', (bench: ScriptedPool): void => bench.wire(2).fail('ECONNRESET')],
  ])('by %s, its siblings are looked at and the dead ones leave', async (_what, reason, die) => {
    const bench = await threeWithOneBusy();
    bench.wire(0).probeResult = 'reset';
    expect(closeReasons(() => die(bench))).toEqual([reason, 'peer-reset']);
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 1, probesDead: 1 });
    expect(lives(bench).slice(0, 2)).toEqual(['ended', 'connected']);
  });

  it('siblings of which nothing can be known leave', async () => {
    const bench = await threeWithOneBusy();
    bench.wire(0).probeResult = 'unknown';
    bench.wire(1).probeResult = 'unknown';
    expect(closeReasons(() => bench.wire(2).finish())).toEqual(['peer-fin', 'suspect', 'suspect']);
  });

  it('all siblings leave when nothing is ever looked at', async () => {
    const bench = await threeWithOneBusy({ validate: 'off' });
    bench.wire(2).finish();
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 0 });
  });

  it('by our own timeout, its siblings are left alone', async () => {
    const bench = await threeWithOneBusy({ headersTimeoutMs: 10 });
    bench.wire(0).probeResult = 'reset';
    await bench.advance(10);
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 2, probesDead: 0 });
  });
});
