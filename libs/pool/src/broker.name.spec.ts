import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { channels } from '#libs/records';
import { closeReasons } from '#libs/testing';
import { Pool } from './index.ts';

/** All its wires lead to 192.0.2.1; what its name resolves to is the test's to say. */
class NamedConnector extends ScriptedConnector {
  answer: readonly string[] | Error = ['192.0.2.1'];
  asked = 0;

  async resolve(): Promise<readonly string[]> {
    this.asked += 1;
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}

async function named(): Promise<{ pool: Pool; connector: NamedConnector; clock: FakeClock }> {
  const clock = new FakeClock();
  const connector = new NamedConnector();
  const pool = new Pool(
    'http://server.test',
    { idleTimeoutMs: 3_600_000, dnsRefreshMs: 10_000 },
    { clock, rng: { next: () => 0 }, connector: () => connector },
  );
  const answer = pool.request({ path: '/' });
  connector.wire(0).connect();
  connector.wire(0).respond();
  await answer;
  return { pool, connector, clock };
}

describe('the name of an origin', () => {
  it('is resolved again while connections are open, and no longer', async () => {
    const { pool, connector, clock } = await named();
    await clock.advanceAsync(9_999);
    expect(connector.asked).toBe(0);
    await clock.advanceAsync(20_001);
    expect([connector.asked, connector.wire(0).life]).toEqual([3, 'connected']);
    connector.wire(0).finish();
    await clock.advanceAsync(60_000);
    expect(connector.asked).toBe(3);
    await pool.close();
  });

  it('retires idle connections whose address has left two answers', async () => {
    const { connector, clock } = await named();
    connector.answer = ['192.0.2.2'];
    await clock.advanceAsync(10_000);
    expect(connector.wire(0).life).toBe('connected');
    await clock.advanceAsync(10_000);
    expect(connector.wire(0).life).toBe('ended');
  });

  it.each<[string, (pool: Pool, connector: NamedConnector, clock: FakeClock) => Promise<void>]>([
    [
      'an address that has left the answer',
      async (_pool, connector, clock) => {
        connector.answer = ['192.0.2.2'];
        await clock.advanceAsync(20_000);
      },
    ],
    ['an address that fails', async (pool) => pool.retireAddress('192.0.2.1')],
  ])('retires all connections to %s before the first is closed', async (_what, retire) => {
    const { pool, connector, clock } = await named();
    const answers = [pool.request({ path: '/' }), pool.request({ path: '/' })];
    connector.wire(1).connect();
    for (const wire of [0, 1]) connector.wire(wire).respond();
    await Promise.all(answers);
    const later: Array<Promise<unknown>> = [];
    const stop = channels.connection.subscribe(() => {
      stop();
      later.push(pool.request({ path: '/later' }));
    });
    await retire(pool, connector, clock);
    expect([connector.wire(0).life, connector.wire(1).life, connector.wire(2).life]).toEqual([
      'ended',
      'ended',
      'dialing',
    ]);
    connector.wire(2).connect();
    connector.wire(2).respond();
    expect(await Promise.all(later)).toMatchObject([{ statusCode: 200 }]);
    await pool.close();
  });

  it('lets a request end first', async () => {
    const { pool, connector, clock } = await named();
    connector.answer = ['192.0.2.2'];
    void pool.request({ path: '/' });
    await clock.advanceAsync(20_000);
    expect(connector.wire(0).life).toBe('connected');
    expect(closeReasons(() => connector.wire(0).respond())).toEqual(['address-gone']);
  });

  it('that can not be resolved leaves everything as it is', async () => {
    const { connector, clock } = await named();
    connector.answer = new Error('getaddrinfo EAI_AGAIN');
    await clock.advanceAsync(60_000);
    expect([connector.asked, connector.wire(0).life]).toEqual([6, 'connected']);
    await settle();
  });
});
