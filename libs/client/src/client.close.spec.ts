import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { RequestOptions } from './request-options.ts';
import { Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
const CAUSE = new Error('shutting down');

let clock: FakeClock;
let connector: ScriptedConnector;
let client: Client;

beforeEach(() => {
  clock = new FakeClock();
  connector = new ScriptedConnector();
  client = new Client(
    { pool: { maxConnections: 1 }, breaker: { connectFailures: 1, halfOpenPermits: 1 } },
    { clock, rng: alwaysDraws(0.5), connector: () => connector },
  );
});

async function start(options?: RequestOptions): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
  const outcome = new Watched(client.request(ORIGIN, options));
  await settle();
  return outcome;
}

/** A request in each state that it can wait in, and how a server that answers brings it to its end. */
const WAITING: Record<string, { begin: () => Promise<Watched<unknown>>; serve: () => Promise<void> }> = {
  'in the queue': {
    begin: async () => {
      await start();
      connector.wire(0).connect();
      return start();
    },
    serve: async () => {
      connector.wire(0).respond();
      await settle();
      connector.wire(0).respond();
    },
  },
  'for a dial': {
    begin: start,
    serve: async () => {
      connector.wire(0).connect();
      connector.wire(0).respond();
    },
  },
  'in flight': {
    begin: async () => {
      const outcome = await start();
      connector.wire(0).connect();
      return outcome;
    },
    serve: async () => connector.wire(0).respond(),
  },
  'in its backoff': {
    begin: async () => {
      const outcome = await start();
      connector.wire(0).connect();
      connector.wire(0).fail('ECONNRESET');
      await settle();
      return outcome;
    },
    serve: async () => {
      await clock.advanceAsync(25);
      connector.wire(1).connect();
      connector.wire(1).respond();
    },
  },
  'for a permit': {
    begin: async () => {
      const outcome = await start({ waitForPermit: true });
      connector.wire(0).fail('ECONNREFUSED');
      await clock.advanceAsync(30);
      return outcome;
    },
    serve: async () => {
      connector.wire(1).connect();
      await settle();
      connector.wire(1).respond();
    },
  },
};

describe('close', () => {
  it.each(Object.entries(WAITING))(
    'lets a request that waits %s come to its end',
    async (_state, { begin, serve }) => {
      const outcome = await begin();
      const closed = new Watched(client.close());
      await settle();
      expect([outcome.isPending, closed.isPending]).toEqual([true, true]);
      await serve();
      await settle();
      expect(outcome).toMatchObject({ settledTimes: 1, value: { statusCode: 200 } });
      expect(closed.settledTimes).toBe(1);
      expect(connector.dialled.every(({ isOver }) => isOver)).toBe(true);
    },
  );

  it('waits for a body that is still coming', async () => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
    const closed = new Watched(client.close());
    await settle();
    expect(closed.isPending).toBe(true);
    connector.wire(0).receive('k');
    await settle();
    expect(closed.isPending).toBe(false);
    expect(await outcome.value?.body.text()).toBe('ok');
  });

  it('can be called twice: both calls resolve when everything is closed', async () => {
    await start();
    connector.wire(0).connect();
    const closed = [new Watched(client.close()), new Watched(client.close())];
    await settle();
    expect(closed.map(({ isPending }) => isPending)).toEqual([true, true]);
    connector.wire(0).respond();
    await settle();
    expect(closed.map(({ isPending }) => isPending)).toEqual([false, false]);
  });

  it('resolves at once for a client that did nothing', async () => {
    await new Client().close();
  });

  it('is cut short by destroy', async () => {
    const outcome = await start();
    connector.wire(0).connect();
    const closed = new Watched(client.close());
    await client.destroy(CAUSE);
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_POOL_CLOSED', cause: CAUSE });
    expect(closed.isPending).toBe(false);
  });
});

describe('destroy', () => {
  it.each(Object.entries(WAITING))('ends a request that waits %s at once', async (_state, { begin }) => {
    const outcome = await begin();
    await client.destroy(CAUSE);
    await settle();
    expect(outcome).toMatchObject({ settledTimes: 1, error: { code: 'PLR_POOL_CLOSED', cause: CAUSE } });
    expect(connector.dialled.every(({ isOver }) => isOver)).toBe(true);
    expect(client.stats().pool).toEqual({ active: 0, idle: 0, pending: 0, dialing: 0 });
  });

  it('ends a request whose attempt failed in the same turn: no backoff is begun', async () => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).fail('ECONNRESET');
    await client.destroy(CAUSE);
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_POOL_CLOSED', cause: CAUSE });
  });

  it('without an error names the last failure of the request as the cause', async () => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).fail('ECONNRESET');
    await settle();
    await client.destroy();
    await settle();
    expect(outcome.error).toMatchObject({ code: 'PLR_POOL_CLOSED', cause: { code: 'PLR_RESET' } });
  });

  it('ends a body that is still coming', async () => {
    const outcome = await start();
    connector.wire(0).connect();
    connector.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
    await settle();
    await client.destroy(CAUSE);
    await expect(outcome.value?.body.text()).rejects.toMatchObject({ code: 'PLR_POOL_CLOSED', cause: CAUSE });
    expect(client.stats()).toMatchObject({ requests: 1, ok: 0, failed: 1 });
  });
});

describe('a request after', () => {
  it.each([
    ['close', 'closed', async () => client.close()],
    ['destroy', 'destroyed', async () => client.destroy()],
    [
      'close and destroy',
      'destroyed',
      async () => {
        await client.close();
        await client.destroy();
      },
    ],
  ])('%s is refused in one sentence, whether its origin was seen or not', async (_name, life, end) => {
    await start();
    connector.wire(0).connect();
    connector.wire(0).respond();
    await settle();
    await end();
    for (const origin of [ORIGIN, 'http://198.51.100.1']) {
      await expect(client.request(origin)).rejects.toMatchObject({
        code: 'PLR_POOL_CLOSED',
        origin,
        message: `${origin}: the client is ${life} and takes no more requests`,
      });
    }
    expect(client.stats().requests).toBe(1);
    expect(client.stats().origins.size).toBe(1);
  });
});
