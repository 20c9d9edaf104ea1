import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pool, type ValidationTier } from '#libs/pool';
import type { RacingAct, RacingReport } from '../fixtures/racing-server.ts';

/**
 * The race that every keep-alive client loses: the peer acts on an idle connection, and the client, whose loop is busy,
 * takes that connection for its next request before it has heard of it. Each try blocks the loop until the server has
 * acted on every connection, and then sends from the same callback.
 */
const POOLS = 20;
const ROUNDS = 10;
const BLOCK_LIMIT_MS = 10_000;

interface RacingServer {
  readonly worker: Worker;
  readonly acted: Int32Array;
  readonly port: number;
}

let server: RacingServer;
let nextId = 0;

beforeAll(async () => {
  const acted = new SharedArrayBuffer(4);
  const worker = new Worker(new URL('../fixtures/racing-server.ts', import.meta.url), {
    workerData: { acted },
  });
  const report = await reportOf(worker);
  if (report.kind !== 'listening') throw new Error('the racing server did not start');
  server = { worker, acted: new Int32Array(acted), port: report.port };
});

afterAll(async () => {
  await server.worker.terminate();
});

async function reportOf(worker: Worker): Promise<RacingReport> {
  const [report]: RacingReport[] = await once(worker, 'message');
  if (!report) throw new Error('the racing server said nothing');
  return report;
}

/** Lets the server act on every connection while this thread stands still. */
function blockWhileServerActs(act: RacingAct): void {
  Atomics.store(server.acted, 0, 0);
  server.worker.postMessage(act);
  for (let done = 0; done < POOLS; done = Atomics.load(server.acted, 0)) {
    if (Atomics.wait(server.acted, 0, done, BLOCK_LIMIT_MS) === 'timed-out')
      throw new Error('the server did not act');
  }
}

async function fromTimer(callback: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      callback();
      resolve();
    }, 0);
  });
}

/** Runs `callback` while the loop polls, as in any server's request handler. */
async function fromSocketCallback(callback: () => void): Promise<void> {
  const listener = createServer((socket) => {
    socket.end('go');
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const socket: Socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.once('data', () => {
      callback();
      resolve();
    });
  });
  socket.destroy();
  listener.close();
}

async function send(pool: Pool, method: string): Promise<{ id: string; text: string }> {
  nextId += 1;
  const id = `request-${nextId}`;
  const body = method === 'POST' ? 'x' : undefined;
  const response = await pool.request({ method, path: '/', headers: { 'x-id': id }, body });
  return { id, text: await response.body.text() };
}

/** 200 tries. Returns the ids sent, after checking that each came back with its own answer. */
async function race(
  tier: ValidationTier,
  act: RacingAct,
  method: string,
  from: typeof fromTimer,
): Promise<string[]> {
  const pools = Array.from(
    { length: POOLS },
    () => new Pool(`http://127.0.0.1:${server.port}`, { maxConnections: 2, validate: tier }),
  );
  const ids: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(pools.map(async (pool) => send(pool, method)));
    let sent: Array<ReturnType<typeof send>> = [];
    await from(() => {
      blockWhileServerActs(act);
      sent = pools.map(async (pool) => send(pool, method));
    });
    for (const { id, text } of await Promise.all(sent)) {
      expect(text).toBe(id);
      ids.push(id);
    }
  }
  for (const pool of pools) {
    expect(pool.stats().validation).toBe(tier);
    await pool.destroy();
  }
  return ids;
}

async function seenByServer(): Promise<Map<string, number>> {
  server.worker.postMessage('report');
  const report = await reportOf(server.worker);
  const times = new Map<string, number>();
  for (const id of report.kind === 'seen' ? report.ids : []) times.set(id, (times.get(id) ?? 0) + 1);
  return times;
}

describe.each(['peek', 'read', 'turn'] as const)('the reuse race, checked by %s', (tier) => {
  describe.each(['fin', 'rst', 'speak'] as const)('when the server does %s on the idle connection', (act) => {
    describe.each(['GET', 'POST'])('a %s', (method) => {
      it.each([
        ['a timer', fromTimer],
        ['a socket callback', fromSocketCallback],
      ])('sent from %s never fails, is never answered by foreign bytes and is sent once', async (_, from) => {
        const ids = await race(tier, act, method, from);
        const seen = await seenByServer();
        expect(ids).toHaveLength(POOLS * ROUNDS);
        expect(ids.filter((id) => seen.get(id) !== 1)).toEqual([]);
      });
    });
  });
});
