import { seededRng } from '#libs/kernel';
import { FakeClock, ScriptedPool, settle, type ScriptedTransport } from '#libs/testing';
import { describe, expect, it } from 'vitest';

describe('a pool with minIdle', () => {
  it('dials ahead without a request, two at a time', async () => {
    const bench = new ScriptedPool({ minIdle: 3 });
    expect(bench.dialled).toBe(0);
    await bench.advance(0);
    expect(bench.dialled).toBe(2);
    bench.wire(0).connect();
    await bench.advance(0);
    expect(bench.dialled).toBe(3);
    bench.wire(1).connect();
    bench.wire(2).connect();
    await bench.advance(1_000);
    expect(bench.pool.stats()).toMatchObject({ idle: 3, dialing: 0 });
  });

  it('lends what it dialled ahead', async () => {
    const bench = new ScriptedPool({ minIdle: 1 });
    await bench.advance(0);
    bench.wire(0).connect();
    bench.send();
    expect([bench.dialled, bench.wire(0).requestLines]).toEqual([1, ['GET /']]);
  });

  it('makes no second dial for a request while one is under way', async () => {
    const bench = new ScriptedPool({ minIdle: 1 });
    await bench.advance(0);
    bench.send();
    expect(bench.dialled).toBe(1);
  });

  it('dials again for a connection that is lost or too old', async () => {
    const bench = new ScriptedPool({ minIdle: 1, idleTimeoutMs: 1_000 });
    await bench.advance(0);
    bench.wire(0).connect();
    bench.wire(0).finish();
    await bench.advance(0);
    expect(bench.dialled).toBe(2);
    bench.wire(1).connect();
    await bench.advance(1_000);
    expect([bench.wire(1).life, bench.dialled]).toEqual(['ended', 3]);
  });

  it('gives a dial that hangs the connect timeout, and goes on with the other slot meanwhile', async () => {
    const bench = new ScriptedPool({ minIdle: 2, connectTimeoutMs: 500 });
    await bench.advance(0);
    bench.wire(1).fail('ECONNREFUSED');
    await bench.advance(10);
    expect(bench.dialled).toBe(3);
    bench.wire(2).connect();
    expect(bench.pool.stats()).toMatchObject({ idle: 1, dialing: 1 });
    await bench.advance(500);
    expect([bench.wire(0).life, bench.dialled]).toEqual(['reset', 4]);
  });

  it('dials no more once it is closed', async () => {
    const bench = new ScriptedPool({ minIdle: 2 });
    await bench.advance(0);
    await bench.pool.close();
    await bench.advance(60_000);
    expect([bench.dialled, bench.clock.pendingTimers]).toEqual([2, 0]);
  });
});

describe('liveness: once the server is back, the pool is never stuck at zero', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => [seed]))('seed %i', async (seed) => {
    const rng = seededRng(seed);
    const minIdle = 1 + Math.floor(rng.next() * 4);
    const bench = new ScriptedPool({ minIdle, maxConnections: 6 }, { rng });
    // An outage of up to a minute: dials fail or hang, connections die, requests come and fail.
    for (let step = 0; step < 200; step += 1) {
      await bench.advance(rng.next() * 300);
      for (const wire of bench.connector.dialled) disturb(wire, rng.next());
      if (rng.next() < 0.3) bench.send();
    }
    // The server is back: whatever is dialled from now on connects.
    for (let step = 0; step < 120; step += 1) {
      await bench.advance(100);
      for (const wire of bench.connector.dialled) wire.connect();
    }
    const { active, idle, dialing } = bench.pool.stats();
    expect(active + idle + dialing).toBeGreaterThanOrEqual(minIdle);
    const request = bench.send();
    for (let round = 0; round < 20 && request.fate === 'pending'; round += 1) {
      for (const wire of bench.connector.dialled) {
        wire.connect();
        if (isAsked(wire)) wire.respond();
      }
      await settle();
    }
    expect(request.fate).toBe(200);
  });

  const answered = new Map<ScriptedTransport, number>();

  /** Whether a request on this wire has no answer yet. */
  function isAsked(wire: ScriptedTransport): boolean {
    const asked = wire.requestLines.length;
    if (wire.life !== 'connected' || asked === (answered.get(wire) ?? 0)) return false;
    answered.set(wire, asked);
    return true;
  }

  function disturb(wire: ScriptedTransport, chance: number): void {
    if (chance < 0.1) wire.fail(chance < 0.02 ? 'EMFILE' : 'ECONNREFUSED');
    else if (chance < 0.12) wire.connect();
    else if (chance < 0.2 && wire.life === 'connected') wire.fail('ECONNRESET');
  }
});

describe('pools under one limit', () => {
  it('are both served, though one never has an idle moment', async () => {
    const { ConnectionLimit, Pool } = await import('./index.ts');
    const { ScriptedConnector } = await import('#libs/testing');
    const clock = new FakeClock();
    const limit = new ConnectionLimit(1);
    const made = ['http://a', 'http://b'].map((origin) => {
      const connector = new ScriptedConnector();
      return { connector, pool: new Pool(origin, {}, { clock, limit, connector: () => connector }) };
    });
    const [a, b] = made;
    if (!a || !b) throw new Error('two pools');
    void a.pool.request({ path: '/1' });
    a.connector.wire(0).connect();
    clock.advance(1);
    const other = b.pool.request({ path: '/other' });
    clock.advance(1);
    void a.pool.request({ path: '/2' });
    expect(b.connector.dialled).toHaveLength(0);
    a.connector.wire(0).respond();
    expect(a.connector.wire(0).life).toBe('ended');
    b.connector.wire(0).connect();
    b.connector.wire(0).respond();
    expect((await other).statusCode).toBe(200);
    // Nobody of b waits any more, so its connection makes room again.
    expect(b.connector.wire(0).life).toBe('ended');
    expect(a.connector.dialled).toHaveLength(2);
    expect(limit.taken).toBe(1);
  });
});
