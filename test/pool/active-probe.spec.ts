import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Client, type PoolOptions } from '#libs/client';
import { channels, type ProbeRecord, type RequestRecord } from '#libs/records';
import type { StandbyReport } from '../fixtures/standby-server.ts';

const AFTER_IDLE_MS = 1_000;

type ActiveProbe = PoolOptions['activeProbe'];

/** A client of `origin`, and what it tells of its requests and active probes. */
class ProbingClient {
  readonly requests: RequestRecord[] = [];
  readonly probes: ProbeRecord[] = [];
  readonly #client: Client;
  readonly #origin: string;

  constructor(origin: string, activeProbe: ActiveProbe) {
    this.#origin = origin;
    const pool = { idleTimeoutMs: 60_000, activeProbe };
    this.#client = new Client({ pool, retry: false });
    const stops = [
      channels.request.subscribe((record) => this.requests.push(record)),
      channels.probe.subscribe((record) => {
        if (record.result === 'answered' || record.result === 'failed') this.probes.push(record);
      }),
    ];
    onTestFinished(async () => {
      for (const stop of stops) stop();
      await this.#client.destroy();
    });
  }

  async get(): Promise<number> {
    const { statusCode, body } = await this.#client.request(`${this.#origin}/`);
    await body.dump();
    return statusCode;
  }

  /** Lets its idle connections grow so old that they are probed: a timer may ring a fraction early. */
  async grow(): Promise<void> {
    await setTimeout(AFTER_IDLE_MS + 10);
  }
}

async function originOf(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

describe('an active probe, on sockets', () => {
  it.each([
    ['HEAD', '/'],
    ['OPTIONS', '*'],
  ] as const)('%s %s keeps a connection that its peer answers on', async (method, path) => {
    const asked: string[] = [];
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(request.method === 'GET' ? 200 : 405).end('no such thing');
    });
    const client = new ProbingClient(await originOf(server), { afterIdleMs: AFTER_IDLE_MS, method, path });
    await client.get();
    await client.grow();
    expect(await client.get()).toBe(200);
    expect(asked).toEqual(['GET /', `${method} ${path}`, 'GET /']);
    expect(client.probes).toMatchObject([{ result: 'answered', method, statusCode: 405 }]);
    expect(client.requests[1]?.attempts).toMatchObject([
      { connection: { id: 1, reused: true }, probe: 'alive', activeProbes: client.probes },
    ]);
  });

  it('finds connections that the way to the peer has forgotten, while new ones are served', async () => {
    const known = new Set<Socket>();
    const forgotten = new Set<Socket>();
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      if (!forgotten.has(request.socket)) response.end('ok');
    });
    server.on('connection', (socket) => known.add(socket));
    const client = new ProbingClient(await originOf(server), { afterIdleMs: AFTER_IDLE_MS, timeoutMs: 50 });
    await Promise.all([client.get(), client.get()]);
    for (const socket of known) forgotten.add(socket);
    await client.grow();
    expect(await client.get()).toBe(200);
    expect([forgotten.size, known.size]).toEqual([2, 3]);
    expect(client.probes).toMatchObject([{ result: 'failed', statusCode: undefined, failure: 'timeout' }]);
    expect(client.requests[2]?.attempts).toMatchObject([
      { connection: { id: 3, reused: false }, activeProbes: client.probes },
    ]);
  });

  it('finds a peer that stands still, and its request is answered when that goes on', async () => {
    const peer = fork(new URL('../fixtures/standby-server.ts', import.meta.url), {
      execArgv: ['--conditions=pooler-source'],
    });
    onTestFinished(() => {
      peer.kill('SIGKILL');
    });
    await once(peer, 'message');
    peer.send(0);
    const [report]: StandbyReport[] = await once(peer, 'message');
    const client = new ProbingClient(`http://127.0.0.1:${report?.port}`, {
      afterIdleMs: AFTER_IDLE_MS,
      timeoutMs: 50,
    });
    await client.get();
    await client.grow();
    peer.kill('SIGSTOP');
    const stop = channels.probe.subscribe(({ result }) => {
      if (result === 'failed') peer.kill('SIGCONT');
    });
    onTestFinished(stop);
    expect(await client.get()).toBe(200);
    expect(client.probes).toMatchObject([{ result: 'failed', failure: 'timeout' }]);
    expect(client.requests[1]?.attempts).toMatchObject([{ kind: 'first', connection: { id: 2 } }]);
  });
});
