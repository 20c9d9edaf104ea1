import { ScriptedPool, closeReasons, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { PoolOptions } from './options.ts';

/** Chance is 0, so that a lifetime is not shortened. */
const noChance = { rng: { next: () => 0 } };

/** One idle connection whose peer said this in its last response. */
async function told(fields: string, options: PoolOptions = {}): Promise<ScriptedPool> {
  const bench = new ScriptedPool(options, noChance);
  bench.send();
  bench.wire(0).connect();
  bench.wire(0).respond('ok', 200, fields);
  await settle();
  return bench;
}

/** When the connection is closed, at most a minute and a half from now, and why. */
function closedAt(bench: ScriptedPool): [number, string | undefined] {
  const reasons: string[] = [];
  for (let ms = 1; ms <= 90_000; ms += 1) {
    reasons.push(...closeReasons(() => bench.clock.advance(1)));
    if (reasons.length > 0) return [ms, reasons[0]];
  }
  return [Infinity, undefined];
}

describe('an idle connection whose peer says how long it keeps it', () => {
  it.each([
    ['Keep-Alive: timeout=5\r\n', 4_000],
    ['Keep-Alive: timeout=30, max=100\r\n', 24_000],
    ['Keep-Alive: timeout=3600\r\n', 60_000],
    ['Keep-Alive: max=100\r\n', 2_000],
    ['', 2_000],
  ])('%j is closed after %i ms', async (fields, ms) => {
    const bench = await told(fields, { idleTimeoutMs: 2_000 });
    expect(closedAt(bench)).toEqual([ms, 'idle-timeout']);
  });

  it('is not kept at all for a second or less', async () => {
    const bench = await told('Keep-Alive: timeout=1\r\n');
    expect([bench.wire(0).life, bench.pool.stats().idle]).toEqual(['ended', 0]);
  });

  it('goes by the last word', async () => {
    const bench = await told('Keep-Alive: timeout=30\r\n');
    bench.send();
    bench.wire(0).respond('ok', 200, 'Keep-Alive: timeout=10\r\n');
    expect(closedAt(bench)).toEqual([8_000, 'idle-timeout']);
  });
});

describe('a connection whose peer says how many requests it takes', () => {
  async function served(...fields: string[]): Promise<ScriptedPool> {
    const bench = new ScriptedPool({}, noChance);
    for (const [index, field] of fields.entries()) {
      bench.send();
      if (index === 0) bench.wire(0).connect();
      bench.wire(0).respond('ok', 200, field);
      await settle();
    }
    return bench;
  }

  it('serves so many in all, where the number stays', async () => {
    const max = 'Keep-Alive: max=3\r\n';
    expect((await served(max, max)).wire(0).life).toBe('connected');
    expect((await served(max, max, max)).wire(0).life).toBe('ended');
  });

  it('serves no more than are left, where the number falls', async () => {
    const bench = await served('Keep-Alive: max=9\r\n', 'Keep-Alive: max=1\r\n');
    expect(bench.wire(0).life).toBe('connected');
    bench.send();
    expect(closeReasons(() => bench.wire(0).respond())).toEqual(['max-requests']);
  });
});

describe('a connection that has lived long enough', () => {
  it('is retired when it is idle', async () => {
    const bench = await told('', { maxLifetimeMs: 1_500 });
    expect(closedAt(bench)).toEqual([1_500, 'max-lifetime']);
  });

  it('finishes its request first', async () => {
    const bench = await told('', { maxLifetimeMs: 1_500 });
    bench.send();
    await bench.advance(2_000);
    expect(bench.wire(0).life).toBe('connected');
    expect(closeReasons(() => bench.wire(0).respond())).toEqual(['max-lifetime']);
  });

  it('lives up to a tenth less by chance, so that those opened together do not end together', async () => {
    const chances = [0.2, 0.8];
    const bench = new ScriptedPool(
      { maxLifetimeMs: 1_000, idleTimeoutMs: 5_000 },
      { rng: { next: () => chances.shift() ?? 0 } },
    );
    await bench.openIdle(2);
    await bench.advance(920);
    expect(bench.connector.dialled.map(({ life }) => life)).toEqual(['connected', 'ended']);
    await bench.advance(60);
    expect(bench.wire(0).life).toBe('ended');
  });
});

describe('a peer that closes idle connections earlier than it says', () => {
  it('teaches the pool to be first: nothing is sent on a connection that is about to go', async () => {
    const bench = new ScriptedPool({ idleTimeoutMs: 4_000 }, noChance);
    for (let i = 0; i < 2; i += 1) {
      await bench.openIdle(1);
      await bench.advance(1_500);
      bench.connector.dialled.at(-1)?.finish();
    }
    expect(bench.pool.stats().learnedIdleLimitMs).toBe(1_200);
    await bench.openIdle(1);
    const [ms, reason] = closedAt(bench);
    // The limit has grown by the few seconds of forgetting since.
    expect([Math.floor(ms / 10), reason]).toEqual([120, 'idle-timeout']);
  });

  it('has nothing to teach while it is busy with requests', async () => {
    const bench = new ScriptedPool({}, noChance);
    for (let i = 0; i < 3; i += 1) {
      await bench.openIdle(1);
      bench.send();
      await bench.advance(1_500);
      bench.connector.dialled.at(-1)?.finish();
    }
    expect(bench.pool.stats().learnedIdleLimitMs).toBeUndefined();
  });
});

describe('after a jump of time', () => {
  it('no idle connection is lent while the others are being closed', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(3);
    bench.clock.sleep(60_000);
    const request = bench.send();
    expect(bench.connector.dialled.map(({ life }) => life)).toEqual(['ended', 'ended', 'ended', 'dialing']);
    bench.wire(3).connect();
    bench.wire(3).respond();
    await settle();
    expect(request.fate).toBe(200);
  });

  it('no idle connection is used: the machine has slept', async () => {
    const bench = await told('');
    bench.clock.sleep(60_000);
    expect(closeReasons(() => bench.send())).toEqual(['suspect']);
    expect(bench.dialled).toBe(2);
  });

  it('a connection under a request is left alone: its own timeouts judge it', async () => {
    const bench = await told('');
    bench.send();
    bench.clock.sleep(60_000);
    bench.send();
    expect(bench.wire(0).life).toBe('connected');
  });
});
