import { ScriptedPool, settle } from '#libs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PoolOptions } from './options.ts';

/** The test sets it. */
let limit: { limit: number };
let bench: ScriptedPool;

function makePool(most: number, options: PoolOptions = {}): void {
  limit = { limit: most };
  bench = new ScriptedPool(options, { leaseLimit: limit });
}

/** Every wire that is being dialled connects. */
function connectAll(): void {
  for (const wire of bench.connector.dialled) wire.connect();
}

/** The paths that were sent on each wire. */
function sentOn(index: number): string[] {
  return bench.wire(index).requestLines.map((line) => line.replace('GET ', ''));
}

beforeEach(() => makePool(2));

describe('a pool with a limit on leases', () => {
  it('dials and lends no more than that at once', () => {
    for (const path of ['/a', '/b', '/c', '/d']) bench.send({ path });
    expect(bench.dialled).toBe(2);
    connectAll();
    expect(bench.pool.stats()).toMatchObject({ active: 2, idle: 0, pending: 2, dialing: 0 });
  });

  it('notes with each lease how many there are', () => {
    const sent = Array.from({ length: 3 }, () => bench.send());
    connectAll();
    bench.wire(0).respond();
    expect(sent.map(({ exchange }) => exchange.leasesThen)).toEqual([1, 2, 2]);
  });

  it('serves first in, first out', () => {
    for (const path of ['/a', '/b', '/c', '/d', '/e']) bench.send({ path });
    connectAll();
    bench.wire(1).respond();
    bench.wire(0).respond();
    bench.wire(0).respond();
    expect([sentOn(0), sentOn(1)]).toEqual([
      ['/a', '/d', '/e'],
      ['/b', '/c'],
    ]);
  });

  it('lends none of its idle connections to those beyond it', async () => {
    makePool(5);
    await bench.openIdle(5);
    limit.limit = 2;
    for (let i = 0; i < 5; i += 1) bench.send();
    expect(bench.pool.stats()).toMatchObject({ active: 2, idle: 3, pending: 3 });
  });

  it('lends no more while those lent before it fell are under way', () => {
    makePool(3);
    for (let i = 0; i < 4; i += 1) bench.send();
    connectAll();
    limit.limit = 1;
    bench.wire(0).respond();
    bench.wire(1).respond();
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 2, pending: 1 });
    bench.wire(2).respond();
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 2, pending: 0 });
  });

  it('serves whoever waits as soon as it hears that the limit has grown, while all leases go on', () => {
    for (let i = 0; i < 5; i += 1) bench.send();
    connectAll();
    limit.limit = 4;
    bench.pool.onLeaseLimitRaised();
    expect(bench.dialled).toBe(4);
    connectAll();
    expect(bench.pool.stats()).toMatchObject({ active: 4, pending: 1 });
  });

  it('keeps a connection whose dial ends when the limit has fallen, and lends it when there is room', () => {
    bench.send();
    bench.send();
    bench.wire(0).connect();
    limit.limit = 1;
    bench.wire(1).connect();
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 1, pending: 1 });
    bench.wire(0).respond();
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 1, pending: 0 });
  });

  it('fails nobody by a dial that the limit has made needless meanwhile', async () => {
    const [, second] = [bench.send(), bench.send()];
    bench.wire(0).connect();
    limit.limit = 1;
    bench.wire(1).fail('ECONNREFUSED');
    await settle();
    expect(second.fate).toBe('pending');
    bench.wire(0).respond();
    bench.wire(0).respond();
    await settle();
    expect(second.fate).toBe(200);
  });

  it('goes on when every lease ends by a cut', async () => {
    makePool(1);
    const [first, second] = [bench.send(), bench.send()];
    bench.wire(0).connect();
    bench.wire(0).fail('ECONNRESET');
    expect(bench.dialled).toBe(2);
    bench.wire(1).connect();
    bench.wire(1).respond();
    await settle();
    expect([first.fate, second.fate]).toEqual(['PLR_RESET', 200]);
  });

  it('counts those who wait for it against maxPending, whatever is idle', async () => {
    makePool(4, { maxPending: 2 });
    await bench.openIdle(4);
    limit.limit = 1;
    const sent = Array.from({ length: 4 }, () => bench.send());
    await settle();
    expect(sent.map(({ fate }) => fate)).toEqual(['pending', 'pending', 'pending', 'PLR_QUEUE_FULL']);
  });

  it('takes fewer requests at once while it is low', () => {
    makePool(4, { maxConnections: 10, maxPending: 7 });
    expect(bench.pool.capacity).toBe(11);
    limit.limit = 100;
    expect(bench.pool.capacity).toBe(17);
  });

  it('says in the error of a wait that took too long that it was the limit', async () => {
    makePool(1, { acquireTimeoutMs: 100 });
    bench.send();
    bench.wire(0).connect();
    const second = bench.send();
    await bench.advance(100);
    expect(second.error).toMatchObject({ code: 'PLR_ACQUIRE_TIMEOUT', phase: 'acquire', retrySafe: true });
    expect(second.error.message).toContain(
      'no turn within 100 ms: the adaptive limit is 1 at once (active=1',
    );
  });

  it('does not blame the limit for a wait that was not its doing', async () => {
    makePool(2, { maxConnections: 1, acquireTimeoutMs: 100 });
    bench.send();
    bench.wire(0).connect();
    const second = bench.send();
    await bench.advance(100);
    expect(second.error.message).toContain('no connection became free within 100 ms');
  });

  it('serves all who wait before it is closed', async () => {
    makePool(1);
    const sent = Array.from({ length: 3 }, () => bench.send());
    bench.wire(0).connect();
    const closed = bench.pool.close();
    for (let i = 0; i < 3; i += 1) bench.wire(bench.dialled - 1).respond();
    await closed;
    expect(sent.map(({ fate }) => fate)).toEqual([200, 200, 200]);
  });
});

describe('with looks that take a turn of the loop, a pool with a limit on leases', () => {
  beforeEach(async () => {
    makePool(3);
    await bench.openIdle(3);
    for (const wire of bench.connector.dialled) wire.probeResult = 'unknown';
  });

  it('lends no more than it may, whatever it looked at', () => {
    limit.limit = 2;
    for (let i = 0; i < 3; i += 1) bench.send();
    bench.poll();
    expect(bench.pool.stats()).toMatchObject({ active: 2, idle: 1, pending: 1, dialing: 0 });
  });

  it('puts back what it looked at when the limit has fallen meanwhile', () => {
    for (let i = 0; i < 3; i += 1) bench.send();
    limit.limit = 1;
    bench.poll();
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 2, pending: 2, dialing: 0 });
  });
});
