import { once } from 'node:events';
import { createServer } from 'node:http';
import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client, type ClientOptions, type Propagator } from 'pooler';
import { PoolerModule, clientToken, type PoolerOptionsFactory } from 'pooler/nest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTarget } from '#libs/target';
import { TestServer } from '../cli/test-server.ts';
import { ShopSettings, openShop } from './shop.ts';

const ONCE: ClientOptions = { retry: false, breaker: false };

/** A connection that is kept alive would keep the server open. */
const NO_KEEP_ALIVE = { headers: { connection: 'close' } };

/** Ends what a test has started, the last first. */
const ends: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function server(): Promise<TestServer> {
  const started = await TestServer.start();
  ends.push(async () => started[Symbol.asyncDispose]());
  return started;
}

async function shop(
  url: string,
  clients: DynamicModule[],
): Promise<{ app: NestFastifyApplication; url: string }> {
  const app = await openShop(new ShopSettings(url), clients);
  ends.push(async () => app.close());
  return { app, url: await app.getUrl() };
}

async function ask(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, NO_KEEP_ALIVE);
  return { status: response.status, body: await response.json() };
}

describe('a Nest application', () => {
  it('sends through the client that its controller was given', async () => {
    const target = await startTarget({ port: 0 });
    ends.push(async () => target.close());
    const { app, url } = await shop(target.url, [
      PoolerModule.forRoot(),
      PoolerModule.forRoot({ name: 'orders' }),
    ]);
    const answer = await ask(`${url}/prices/health`);
    expect(answer).toMatchObject({ status: 200, body: { status: 200 } });
    expect(app.get(Client).stats()).toMatchObject({ requests: 1, ok: 1 });
  });

  it('has clients by name, each with options and counts of its own', async () => {
    const upstream = await server();
    upstream.answer = () => 503;
    const { app, url } = await shop(`http://127.0.0.1:${upstream.port}`, [
      PoolerModule.forRoot({ retry: { attempts: 3, backoff: { baseMs: 1 } } }),
      PoolerModule.forRoot({ ...ONCE, name: 'orders' }),
    ]);
    expect(await ask(`${url}/prices/1`)).toMatchObject({ body: { status: 503 } });
    expect(upstream.requests).toBe(3);
    expect(await ask(`${url}/orders/1`)).toMatchObject({ body: { statuses: [503, 503] } });
    expect(upstream.requests).toBe(5);
    expect(app.get<Client>(clientToken('orders')).stats()).toMatchObject({ requests: 2, retries: 0 });
    expect(app.get<Client>(clientToken()).stats()).toMatchObject({ requests: 1, retries: 2 });
  });

  it('gives a propagator of its choice the word on every attempt', async () => {
    const upstream = createServer((request, response) => response.end(request.headers.traceparent));
    await once(upstream.listen(0, '127.0.0.1'), 'listening');
    ends.push(async () => upstream[Symbol.asyncDispose]());
    const address = upstream.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const propagator: Propagator = { startTrace: () => ({ traceparent: () => traceparent }) };
    const { url } = await shop(`http://127.0.0.1:${port}`, [
      PoolerModule.forRoot({ propagator }),
      PoolerModule.forRoot({ name: 'orders' }),
    ]);
    expect(await ask(`${url}/prices/1`)).toMatchObject({ body: { body: traceparent } });
  });
});

describe('options by other providers', () => {
  class Retries {
    readonly attempts = 2;
  }

  @Injectable()
  class Options implements PoolerOptionsFactory {
    readonly #retries: Retries;

    constructor(retries: Retries) {
      this.#retries = retries;
    }

    async createPoolerOptions(): Promise<ClientOptions> {
      return Promise.resolve({
        breaker: false,
        retry: { attempts: this.#retries.attempts, backoff: { baseMs: 1 } },
      });
    }
  }

  @Module({ providers: [Retries, Options], exports: [Retries, Options] })
  class SettingsModule {}

  const imports = [SettingsModule];
  const byFactory = {
    inject: [Options],
    useFactory: (options: Options) => options.createPoolerOptions(),
  };

  it.each([
    ['useFactory', PoolerModule.forRootAsync({ imports, ...byFactory })],
    ['useClass', PoolerModule.forRootAsync({ imports, useClass: Options })],
    ['useExisting', PoolerModule.forRootAsync({ imports, useExisting: Options })],
  ])('come by %s', async (_, prices) => {
    const upstream = await server();
    upstream.answer = () => 503;
    const orders = PoolerModule.forRootAsync({ name: 'orders', imports, ...byFactory });
    const { url } = await shop(`http://127.0.0.1:${upstream.port}`, [prices, orders]);
    await ask(`${url}/prices/1`);
    expect(upstream.requests).toBe(2);
  });
});

describe('its health', () => {
  it('goes down with the reason when the target dies, and up again with it', async () => {
    const first = await startTarget({ port: 0 });
    const options: ClientOptions = { retry: false };
    const { url } = await shop(first.url, [
      PoolerModule.forRoot(options),
      PoolerModule.forRoot({ ...options, name: 'orders' }),
    ]);
    await ask(`${url}/prices/health`);
    const origins = { [first.url]: { status: 'ok' } };
    expect(await ask(`${url}/health`)).toEqual({
      status: 200,
      body: { prices: { status: 'up', origins }, orders: { status: 'up', origins: {} } },
    });

    await first.close();
    await vi.waitFor(
      async () => {
        await ask(`${url}/prices/health`);
        const reason = 'the breaker is open: it could not be connected to';
        expect(await ask(`${url}/health`)).toEqual({
          status: 503,
          body: {
            prices: { status: 'down', origins: { [first.url]: { status: 'down', reason } } },
            orders: { status: 'up', origins: {} },
          },
        });
      },
      { timeout: 10_000 },
    );

    const second = await startTarget({ port: first.port });
    ends.push(async () => second.close());
    await vi.waitFor(
      async () => {
        await ask(`${url}/prices/health`);
        expect(await ask(`${url}/health`)).toMatchObject({ status: 200, body: { prices: { origins } } });
      },
      { timeout: 10_000 },
    );
  });
});

describe('its shutdown', () => {
  /** Whether the shop takes no new request. */
  async function isRefused(url: string): Promise<boolean> {
    return fetch(`${url}/health`, NO_KEEP_ALIVE).then(
      ({ status }) => status === 503,
      () => true,
    );
  }

  it('lets a handler at work finish with its client, and takes nothing new', async () => {
    const upstream = await server();
    upstream.answer = (n) => (n === 1 ? 'hold' : 200);
    const { app, url } = await shop(`http://127.0.0.1:${upstream.port}`, [
      PoolerModule.forRoot(),
      PoolerModule.forRoot({ ...ONCE, name: 'orders' }),
    ]);
    const answer = ask(`${url}/orders/1`);
    await upstream.received(1);
    const closed = app.close();
    await vi.waitFor(async () => expect(await isRefused(url)).toBe(true), { timeout: 10_000 });
    upstream.answer = () => 200;
    upstream.release();
    expect(await answer).toEqual({ status: 200, body: { statuses: [200, 200] } });
    await closed;
    const late = app.get<Client>(clientToken('orders')).request(`http://127.0.0.1:${upstream.port}/`);
    await expect(late).rejects.toMatchObject({ code: 'PLR_POOL_CLOSED' });
  });

  it('cuts a request that outlasts the drain time', async () => {
    const upstream = await server();
    upstream.answer = () => 'hold';
    const { app, url } = await shop(`http://127.0.0.1:${upstream.port}`, [
      PoolerModule.forRoot(),
      PoolerModule.forRoot({ ...ONCE, name: 'orders', drainTimeoutMs: 20 }),
    ]);
    const answer = ask(`${url}/orders/1`);
    await upstream.received(1);
    await app.close();
    expect(await answer).toMatchObject({ status: 500 });
    expect(app.get<Client>(clientToken('orders')).stats()).toMatchObject({ requests: 1, ok: 0 });
  });
});

describe('a mistake is one sentence:', () => {
  const url = 'http://127.0.0.1:9';
  const orders = PoolerModule.forRoot({ name: 'orders' });

  it.each<[string, DynamicModule[]]>([
    [
      'maxConnections must be a whole number from 1 to 65535, got 0',
      [PoolerModule.forRoot({ pool: { maxConnections: 0 } }), orders],
    ],
    [
      'drainTimeoutMs must be a number from 0 to 600000, got -1',
      [PoolerModule.forRoot({ drainTimeoutMs: -1 }), orders],
    ],
    [
      'PoolerModule has two clients named orders; give each a name of its own',
      [PoolerModule.forRoot(), orders, PoolerModule.forRoot({ name: 'orders' })],
    ],
    [
      'PoolerModule has two clients without a name; give each a name of its own',
      [PoolerModule.forRoot(), PoolerModule.forRoot(), orders],
    ],
    [
      'the options of PoolerModule must be an object, got undefined',
      // @ts-expect-error a factory that returns nothing
      [PoolerModule.forRootAsync({ useFactory: () => {} }), orders],
    ],
    ['pooler client orders', [PoolerModule.forRoot()]],
  ])('%s', async (sentence, clients) => {
    await expect(openShop(new ShopSettings(url), clients)).rejects.toThrow(sentence);
  });

  it('of the sources of options, where they are given', () => {
    const sentence =
      'PoolerModule.forRootAsync takes exactly one of useFactory, useClass and useExisting, got';
    // @ts-expect-error no source
    expect(() => PoolerModule.forRootAsync({})).toThrow(`${sentence} none`);
    const both = { useFactory: () => ({}), useExisting: 'options' };
    expect(() => PoolerModule.forRootAsync(both)).toThrow(`${sentence} useFactory and useExisting`);
  });

  it('of a name, where it is given', () => {
    const sentence = 'the name of a client must be a text that is not empty, got ""';
    expect(() => PoolerModule.forRoot({ name: '' })).toThrow(sentence);
  });
});
