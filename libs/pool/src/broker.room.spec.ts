import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { ConnectionLimit } from './connection-limit.ts';
import type { PoolOptions } from './options.ts';
import { Pool } from './pool.ts';

/** Two pools that may have `max` connections together. */
function makePools(
  max: number,
  clock = new FakeClock(),
  options: PoolOptions = {},
): { pool: Pool; connector: ScriptedConnector }[] {
  const limit = new ConnectionLimit(max);
  return ['http://a.test', 'http://b.test'].map((origin) => {
    const connector = new ScriptedConnector();
    return { connector, pool: new Pool(origin, options, { clock, limit, connector: () => connector }) };
  });
}

describe('a connection that another pool waits for', () => {
  it('stays where whoever heard of it first was lent it already', async () => {
    const [a, b] = makePools(1);
    if (!a || !b) throw new Error('two pools');
    const answers: number[] = [];
    const send = async (pool: Pool): Promise<void> => {
      answers.push((await pool.request({ path: '/' })).statusCode);
    };
    // As a breaker does: the probe connects, and trial calls go out.
    a.pool.dialProbe(() => void send(a.pool));
    void send(b.pool);
    a.connector.wire(0).connect();
    a.connector.wire(0).respond();
    await settle();
    expect(answers).toEqual([200]);
    b.connector.wire(0).connect();
    b.connector.wire(0).respond();
    await settle();
    expect(answers).toEqual([200, 200]);
  });

  it('makes room when the turn ends in which its own pool found another for its request', async () => {
    const clock = new FakeClock(0, 'by-hand');
    const [a, b] = makePools(2, clock);
    if (!a || !b) throw new Error('two pools');
    for (const wire of [0, 1]) {
      void a.pool.request({ path: '/' });
      a.connector.wire(wire).connect();
      clock.endTurn();
    }
    void a.pool.request({ path: '/' });
    clock.advance(1);
    void b.pool.request({ path: '/' });
    expect(b.connector.dialled).toEqual([]);
    for (const wire of [0, 1]) a.connector.wire(wire).respond();
    expect(b.connector.dialled).toEqual([]);
    clock.endTurn();
    expect(a.connector.dialled.map(({ life }) => life)).toEqual(['ended', 'connected']);
    expect(a.pool.stats()).toMatchObject({ active: 1, idle: 0 });
    expect(b.connector.dialled).toHaveLength(1);
  });
});

describe('a connection dialled ahead', () => {
  it('takes a place that another pool has given back, though nobody waits for it', async () => {
    const clock = new FakeClock();
    const [a, b] = makePools(1, clock, { minIdle: 1 });
    if (!a || !b) throw new Error('two pools');
    clock.advance(0);
    expect([a.connector.dialled.length, b.connector.dialled.length]).toEqual([1, 0]);
    a.connector.wire(0).connect();
    await a.pool.close();
    clock.advance(1_000);
    expect(b.connector.dialled).toHaveLength(1);
  });
});
