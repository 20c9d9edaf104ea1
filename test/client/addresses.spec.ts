import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, type ClientOptions } from '#libs/client';
import type { PoolerError } from '#libs/kernel';
import type { ResolveName } from '#libs/pool';
import { channels } from '#libs/records';
import { FakeClock } from '#libs/testing';
import { lastingPort } from '../fixtures/lasting-ports.ts';
import { tlsFixture } from '../fixtures/tls/index.ts';
import { TlsServer } from '../pool/tls-server.ts';

const [A, B] = ['127.0.0.1', '127.0.0.2'];

// Only Linux has all of 127.0.0.0/8 on its loopback interface.
const reason = process.platform === 'linux' ? undefined : `needs ${B} on the loopback interface`;
if (reason !== undefined) console.warn(`skipped: a name with two addresses ${reason}`);

/** A server at one address, which answers with its address and the status that it is told. */
class Peer {
  statusCode = 200;
  requests = 0;
  readonly #server: Server;

  private constructor(address: string) {
    this.#server = createServer((_request, response) => {
      this.requests += 1;
      response.statusCode = this.statusCode;
      response.end(address);
    });
  }

  static async start(address: string, port: number): Promise<Peer> {
    const peer = new Peer(address);
    await once(peer.#server.listen(port, address), 'listening');
    return peer;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

const aBeforeB: ResolveName = (_host, _options, callback) => {
  const found = [A, B].map((address) => ({ address, family: 4 }));
  setImmediate(() => callback(null, found));
};

describe.skipIf(reason !== undefined)('a name with two addresses', () => {
  let a: Peer;
  let b: Peer;
  let port: number;
  let client: Client;
  let clock: FakeClock;
  let moves: string[];
  let closed: string[];
  let stops: Array<() => void>;

  beforeEach(async () => {
    port = await lastingPort();
    a = await Peer.start(A, port);
    b = await Peer.start(B, port);
    moves = [];
    closed = [];
    stops = [
      channels.address.subscribe(({ address, from, to, cause }) =>
        moves.push(`${address} ${from}>${to} ${cause}`),
      ),
      channels.connection.subscribe((record) => {
        if (record.event === 'closed') closed.push(record.reason);
      }),
    ];
  });

  afterEach(async () => {
    for (const stop of stops) stop();
    await client.destroy();
    await Promise.all([a.stop(), b.stop()]);
  });

  function connect(options: ClientOptions = {}): void {
    clock = new FakeClock();
    client = new Client(
      { retry: false, ...options },
      { clock, rng: { next: () => 0 }, resolveName: aBeforeB },
    );
  }

  /** Sends so many GETs one after the other, each on a connection of its own, and says who answered what. */
  async function send(times: number): Promise<string[]> {
    const answers: string[] = [];
    for (let i = 0; i < times; i += 1) {
      const headers = { connection: 'close' };
      const { statusCode, body } = await client.request(`http://two.test:${port}/`, { headers });
      answers.push(`${await body.text()} ${statusCode}`);
    }
    return answers;
  }

  function stats(): { circuitOpens: number; addressesOut: readonly string[] | undefined } {
    const { circuitOpens, origins } = client.stats();
    return { circuitOpens, addressesOut: origins.get(`http://two.test:${port}`)?.addressesOut };
  }

  it('has the one taken out that answers 503 five times, and goes on with the other', async () => {
    connect();
    a.statusCode = 503;
    expect(await send(7)).toEqual([...Array<string>(5).fill(`${A} 503`), `${B} 200`, `${B} 200`]);
    expect(moves).toEqual([`${A} in>out failures`]);
    expect(stats()).toEqual({ circuitOpens: 0, addressesOut: [A] });
  });

  it('opens no breaker when all that is under way at the bad one fails at once', async () => {
    connect({ pool: { maxConnections: 50 } });
    a.statusCode = 503;
    const url = `http://two.test:${port}/`;
    const responses = await Promise.all(Array.from({ length: 50 }, () => client.request(url)));
    await Promise.all(responses.map(async ({ body }) => body.dump()));
    expect(a.requests).toBe(50);
    expect(stats()).toEqual({ circuitOpens: 0, addressesOut: [A] });
    expect(closed).toEqual(Array<string>(50).fill('address-out'));
    expect(await send(30)).toEqual(Array<string>(30).fill(`${B} 200`));
  });

  it('closes what is idle at the bad one', async () => {
    connect({ pool: { maxConnections: 2 } });
    const url = `http://two.test:${port}/`;
    const keepTwo = await Promise.all([client.request(url), client.request(url)]);
    await Promise.all(keepTwo.map(async ({ body }) => body.dump()));
    a.statusCode = 503;
    for (let i = 0; i < 5; i += 1) await (await client.request(url)).body.dump();
    expect(closed).toEqual(['address-out', 'address-out']);
  });

  it('lets one dial try the bad one when its time out is over, and has it back after three good answers', async () => {
    connect();
    a.statusCode = 503;
    await send(5);
    a.statusCode = 200;
    await clock.advanceAsync(999);
    expect(await send(1)).toEqual([`${B} 200`]);
    await clock.advanceAsync(1);
    const url = `http://two.test:${port}/`;
    for (let i = 0; i < 3; i += 1) expect(await (await client.request(url)).body.text()).toBe(A);
    expect(moves.slice(1)).toEqual([`${A} out>on-trial interval-over`, `${A} on-trial>in trials-succeeded`]);
    expect(stats().addressesOut).toEqual([]);
  });

  it('takes it out again at its first failure on trial', async () => {
    connect();
    a.statusCode = 503;
    await send(5);
    await clock.advanceAsync(1_000);
    expect(await send(2)).toEqual([`${A} 503`, `${B} 200`]);
    expect(moves.at(-1)).toBe(`${A} on-trial>out trial-failed`);
  });

  it('dials past the one that refuses connects, without trying it first each time', async () => {
    await a.stop();
    connect();
    expect(await send(6)).toEqual(Array<string>(6).fill(`${B} 200`));
    expect(moves).toEqual([`${A} in>out failures`]);
  });

  it('has the one taken out that breaks off every TLS handshake', async () => {
    await Promise.all([a.stop(), b.stop()]);
    const breaking = createTcpServer((socket) => socket.destroy()).listen(port, A);
    await using good = new TlsServer();
    await Promise.all([once(breaking, 'listening'), good.listen({ host: B, port })]);
    connect({ pool: { tls: { ca: tlsFixture('root.pem'), servername: 'localhost' } } });
    const results: unknown[] = [];
    for (let i = 0; i < 6; i += 1) {
      const answer = client.request(`https://two.test:${port}/`);
      results.push(
        await answer.then(
          ({ statusCode }) => statusCode,
          ({ phase }: PoolerError) => phase,
        ),
      );
    }
    expect(results).toEqual([...Array<string>(5).fill('tls'), 200]);
    expect(client.stats().circuitOpens).toBe(0);
    await client.destroy();
    await once(breaking.close(), 'close');
  });

  it('goes to the bad one rather than to nobody, and the breaker opens when both fail', async () => {
    connect();
    a.statusCode = 503;
    await send(5);
    await b.stop();
    // Those count for the breaker that came before `a` was out, and those since `b` is no better: 4 and 16.
    expect(await send(20)).toEqual(Array<string>(20).fill(`${A} 503`));
    expect(stats().circuitOpens).toBe(1);
  });

  it('loses no GET to the bad one with retries on', async () => {
    client = new Client({ retry: { attempts: 10 } }, { resolveName: aBeforeB });
    a.statusCode = 503;
    expect(new Set(await send(30))).toEqual(new Set([`${B} 200`]));
    expect(stats().circuitOpens).toBe(0);
  });

  it('is one origin like any other where breakers are off', async () => {
    connect({ breaker: false });
    a.statusCode = 503;
    expect(await send(6)).toEqual(Array<string>(6).fill(`${A} 503`));
    expect(stats().addressesOut).toEqual([]);
  });
});
