import { channels, type LeakRecord } from '#libs/records';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Pool, type PoolOptions, type Response } from './index.ts';

const KIB = 1024;

let clock: FakeClock;
let connector: ScriptedConnector;
let warnings: string[];
let leaks: LeakRecord[];

beforeEach(() => {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  warnings = [];
  leaks = [];
  onTestFinished(channels.leak.subscribe((record) => leaks.push(record)));
});

/** A response of `length` bytes, of which the first 64 KiB have come and nobody has read any. */
async function unread(
  length: number,
  options: PoolOptions = {},
): Promise<{ pool: Pool; response: Response }> {
  const pool = new Pool(
    'http://127.0.0.1:80',
    { unreadTimeoutMs: 1_000, ...options },
    { clock, connector: () => connector, warn: (sentence) => warnings.push(sentence) },
  );
  const answer = pool.request({ path: '/big?token=secret' });
  const wire = connector.wire(0);
  wire.connect();
  wire.receive(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(64 * KIB)}`);
  return { pool, response: await answer };
}

describe('a body that nobody reads or dumps', () => {
  it('is reported once its time is over, without the query', async () => {
    const { pool } = await unread(128 * KIB);
    clock.advance(999);
    expect(leaks).toEqual([]);
    clock.advance(1);
    expect(leaks).toEqual([
      {
        origin: 'http://127.0.0.1',
        connectionId: 1,
        method: 'GET',
        path: '/big',
        responseBytesRead: 64 * KIB + 43,
        unreadMs: 1_000,
        madeAt: undefined,
      },
    ]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('nobody read or dumped the response to GET /big for 1000 ms');
    expect(warnings.join()).not.toContain('secret');
    expect(pool.stats().bodiesLeaked).toBe(1);
  });

  it('is dumped when the rest is small, so that its connection serves again', async () => {
    const { pool } = await unread(128 * KIB);
    clock.advance(1_000);
    connector.wire(0).receive('x'.repeat(64 * KIB));
    expect(pool.stats()).toMatchObject({ active: 0, idle: 1 });
  });

  it('loses its connection when much is left', async () => {
    const { pool } = await unread(1024 * KIB);
    clock.advance(1_000);
    expect(connector.wire(0).life).toBe('reset');
    expect(pool.stats()).toMatchObject({ active: 0, idle: 0 });
  });

  it('tells who comes too late what has become of it', async () => {
    const { response } = await unread(128 * KIB);
    clock.advance(1_000);
    await expect(response.body.text()).rejects.toMatchObject({
      code: 'PLR_BODY_MISUSED',
      message: 'the response body was not read in time, and was dumped to free its connection',
    });
  });

  it('says where the request was made, if the pool captures that', async () => {
    await unread(128 * KIB, { captureStacks: true });
    clock.advance(1_000);
    expect(leaks[0]?.madeAt).toMatch(/^ {4}at .*unread .*broker\.leak\.spec\.ts/ms);
    expect(warnings[0]).toContain('broker.leak.spec.ts');
  });

  it('is a warning for the first of a pool only', async () => {
    const { pool } = await unread(1024 * KIB);
    clock.advance(1_000);
    void pool.request({ path: '/' });
    connector.wire(1).connect();
    connector
      .wire(1)
      .receive(`HTTP/1.1 200 OK\r\nContent-Length: ${1024 * KIB}\r\n\r\n${'x'.repeat(64 * KIB)}`);
    clock.advance(1_000);
    expect([leaks.length, warnings.length]).toEqual([2, 1]);
  });
});

describe('no leak', () => {
  it('is a body that a slow reader has begun to read', async () => {
    const { response } = await unread(1024 * KIB);
    const chunks = response.body[Symbol.asyncIterator]();
    await chunks.next();
    clock.advance(3_600_000);
    expect([leaks, connector.wire(0).life]).toEqual([[], 'connected']);
  });

  it('is a body that has arrived whole: it holds no connection', async () => {
    const { pool } = await unread(64 * KIB);
    await settle();
    expect(pool.stats().idle).toBe(1);
    clock.advance(1_000);
    expect(leaks).toEqual([]);
  });
});

describe('a body that is read slowly', () => {
  it('is no leak, and still ends with the deadline of its request', async () => {
    const pool = new Pool(
      'http://127.0.0.1:80',
      { unreadTimeoutMs: 1_000 },
      { clock, connector: () => connector },
    );
    const answer = pool.request({ path: '/', deadlineAtMs: 5_000 });
    const wire = connector.wire(0);
    wire.connect();
    wire.receive('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n');
    const reading = (await answer).body[Symbol.asyncIterator]();
    wire.receive('x'.repeat(64 * KIB));
    clock.advance(4_999);
    expect([leaks, wire.life]).toEqual([[], 'connected']);
    clock.advance(1);
    expect(wire.life).toBe('reset');
    await reading.return?.();
  });
});
