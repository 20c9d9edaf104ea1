import { FakeClock, ScriptedPool, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { PoolOptions } from './options.ts';

/** A pool with idle connections, whose turns end when the test says so. */
async function idlePool(
  idle: number,
  options: PoolOptions = {},
): Promise<{ bench: ScriptedPool; clock: FakeClock }> {
  const clock = new FakeClock(0, 'by-hand');
  const bench = new ScriptedPool(options, { clock });
  for (let i = 0; i < idle; i += 1) bench.send();
  for (const wire of bench.connector.dialled) wire.connect();
  clock.endTurn();
  for (const wire of bench.connector.dialled) wire.respond();
  await settle();
  return { bench, clock };
}

const sentOn = (bench: ScriptedPool): number[] =>
  bench.connector.dialled.map(({ requestLines }) => requestLines.length - 1);

/** A pool of three connections, one of which may be idle. Three requests are over, and a fourth waits for the look at one. */
function oneWaitsForALook(signal?: AbortSignal): ScriptedPool {
  const clock = new FakeClock(0, 'by-hand');
  const bench = new ScriptedPool({ maxConnections: 3, maxIdle: 1, validate: 'turn' }, { clock });
  for (let i = 0; i < 4; i += 1) bench.send({ signal });
  for (const wire of bench.connector.dialled) wire.connect();
  clock.endTurn();
  for (const wire of bench.connector.dialled) {
    wire.probeResult = 'unknown';
    wire.respond();
  }
  clock.endTurn();
  return bench;
}

describe('the requests of one turn', () => {
  it('are sent together at its end', async () => {
    const { bench, clock } = await idlePool(2);
    bench.send();
    bench.send();
    expect(sentOn(bench)).toEqual([0, 0]);
    expect(bench.pool.stats()).toMatchObject({ pending: 2, idle: 2, dialing: 0 });
    clock.endTurn();
    expect(sentOn(bench)).toEqual([1, 1]);
  });

  it('go out on connections that are looked at then, and not before', async () => {
    const { bench, clock } = await idlePool(2);
    bench.send();
    bench.wire(1).probeResult = 'fin';
    clock.endTurn();
    expect(sentOn(bench)).toEqual([1, 0]);
    expect(bench.pool.stats()).toMatchObject({ probesDead: 1 });
  });

  it('keep no more than maxIdle once the one that they wait for was looked at', async () => {
    const bench = oneWaitsForALook();
    expect(bench.pool.stats()).toMatchObject({ idle: 2, pending: 1, dialing: 1 });
    bench.poll();
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 1, pending: 0 });
  });

  it.each(['recalled', 'aborted'])(
    'keep no more than maxIdle when they are %s before that look',
    async (how) => {
      const abort = new AbortController();
      const bench = oneWaitsForALook(abort.signal);
      if (how === 'recalled') bench.pool.recall('the breaker is open');
      else abort.abort();
      expect(bench.pool.stats()).toMatchObject({ idle: 1, pending: 0, dialing: 1 });
      bench.poll();
      expect(bench.pool.stats()).toMatchObject({ idle: 1, pending: 0, dialing: 0 });
    },
  );

  it('lose no connection when so many are gathered that a dead one has the rest lent at once', async () => {
    const { bench, clock } = await idlePool(40, { maxConnections: 40 });
    bench.wire(39).probeResult = 'fin';
    for (let i = 0; i < 32; i += 1) bench.send();
    clock.endTurn();
    expect(bench.pool.stats()).toMatchObject({ active: 32, idle: 7, pending: 0 });
  });

  it('dial at once for those that no idle connection is left for', async () => {
    const { bench } = await idlePool(1);
    bench.send();
    expect(bench.dialled).toBe(1);
    bench.send();
    expect(bench.dialled).toBe(2);
  });

  it('dial when the connection that was meant for them is lost before the turn ends', async () => {
    const { bench, clock } = await idlePool(1);
    const request = bench.send();
    bench.wire(0).finish();
    expect(bench.dialled).toBe(2);
    clock.endTurn();
    bench.wire(1).connect();
    clock.endTurn();
    bench.wire(1).respond();
    await settle();
    expect(request.fate).toBe(200);
  });

  it('wait no longer when they are 32', async () => {
    const { bench } = await idlePool(32);
    for (let i = 0; i < 31; i += 1) bench.send();
    expect(sentOn(bench).reduce((sum, sent) => sum + sent)).toBe(0);
    bench.send();
    expect(sentOn(bench).reduce((sum, sent) => sum + sent)).toBe(32);
  });

  it('are sent before the pool closes', async () => {
    const { bench, clock } = await idlePool(1);
    const request = bench.send();
    const closed = bench.pool.close();
    clock.endTurn();
    bench.wire(0).respond();
    await closed;
    expect(request.fate).toBe(200);
    expect(bench.dialled).toBe(1);
  });

  it('leave no connection behind when they are given up in a closing pool', async () => {
    const { bench, clock } = await idlePool(0);
    const leaver = new AbortController();
    const request = bench.send({ signal: leaver.signal });
    const closed = bench.pool.close();
    bench.wire(0).connect();
    leaver.abort();
    clock.endTurn();
    await closed;
    expect(request.fate).toBe('PLR_ABORTED');
    expect(bench.wire(0).life).toBe('ended');
  });

  it('hold back no more than maxPending beyond what is idle', async () => {
    const { bench } = await idlePool(1, { maxConnections: 1, maxPending: 1 });
    const fates = [bench.send(), bench.send(), bench.send()];
    await settle();
    expect(fates.map(({ fate }) => fate)).toEqual(['pending', 'pending', 'PLR_QUEUE_FULL']);
  });

  it('that are too late at its end are not sent', async () => {
    const { bench, clock } = await idlePool(1, { acquireTimeoutMs: 10 });
    const request = bench.send();
    clock.advance(10);
    clock.endTurn();
    await settle();
    expect(request.fate).toBe('PLR_ACQUIRE_TIMEOUT');
    expect(sentOn(bench)).toEqual([0]);
  });

  it('go out on no connection whose time is over, though its timer has not rung yet', async () => {
    const { bench, clock } = await idlePool(1, { idleTimeoutMs: 1_000 });
    const late = clock.nowMs() + 1_000;
    clock.nowMs = () => late;
    bench.send();
    clock.endTurn();
    expect([bench.wire(0).life, sentOn(bench)[0], bench.dialled]).toEqual(['ended', 0, 2]);
  });

  it('take an idle connection although a dial is under way', async () => {
    const { bench, clock } = await idlePool(1);
    bench.pool.dialProbe(() => {});
    bench.send();
    clock.endTurn();
    expect(sentOn(bench)).toEqual([1, -1]);
  });
});
