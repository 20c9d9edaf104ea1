/**
 * The race that every keep-alive client loses: the peer acts on an idle connection, and the client, whose loop is busy,
 * takes that connection for its next request before it has heard of it. Each try blocks the loop until the server has
 * acted on every connection, and then sends from the same callback.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect } from 'vitest';
import { Pool, type PoolOptions, type ValidationTier } from '#libs/pool';
import type {
  RacingAct,
  RacingOrder,
  RacingReport,
  RacingServerData,
  RacingWay,
} from '../fixtures/racing-server.ts';
import { tlsFixture } from '../fixtures/tls/index.ts';

export const POOLS = 20;
const ROUNDS = 10;
export const TRIES = POOLS * ROUNDS;
const BLOCK_LIMIT_MS = 10_000;

/** Runs a callback from a part of the event loop, and resolves when it has run. */
type From = (callback: () => void) => Promise<void>;

export async function fromTimer(callback: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => {
      // What throws here would be nobody's, and the test would wait for it.
      try {
        callback();
        resolve();
      } catch (error) {
        reject(error);
      }
    }, 0);
  });
}

/** Runs `callback` while the loop polls, as in any server's request handler. */
export async function fromSocketCallback(callback: () => void): Promise<void> {
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

/** A racing server, and pools that race against it. */
export class Race {
  readonly #worker: Worker;
  readonly #acted: Int32Array;
  readonly #origin: string;
  readonly #options: PoolOptions;
  #nextId = 0;

  private constructor(worker: Worker, acted: Int32Array, origin: string, options: PoolOptions) {
    this.#worker = worker;
    this.#acted = acted;
    this.#origin = origin;
    this.#options = options;
  }

  static async start(way: RacingWay): Promise<Race> {
    const acted = new SharedArrayBuffer(4);
    const data: RacingServerData = { acted, way };
    const worker = new Worker(new URL('../fixtures/racing-server.ts', import.meta.url), { workerData: data });
    const report = await reportOf(worker);
    if (report.kind !== 'listening') throw new Error('the racing server did not start');
    const scheme = way.kind === 'tls' ? 'https' : 'http';
    const origin = way.kind === 'unix' ? 'http://localhost' : `${scheme}://127.0.0.1:${report.port}`;
    return new Race(worker, new Int32Array(acted), origin, {
      tls: way.kind === 'tls' ? { ca: tlsFixture('root.pem') } : undefined,
      socketPath: way.kind === 'unix' ? way.path : undefined,
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  /**
   * 200 tries: none may fail, be answered by foreign bytes, or reach the server more or less than once. In one pool in
   * place of twenty the connections are looked at in groups.
   * Resolves with how many dead connections the pools found and how many they opened.
   */
  async run(
    tier: ValidationTier,
    act: RacingAct,
    method: string,
    from: From,
    poolCount: 1 | typeof POOLS = POOLS,
  ): Promise<{ readonly opened: number; readonly probesDead: number }> {
    const maxConnections = POOLS / poolCount + 1;
    const pools = Array.from(
      { length: poolCount },
      () => new Pool(this.#origin, { ...this.#options, maxConnections, validate: tier }),
    );
    const senders = Array.from({ length: POOLS / poolCount }, () => pools).flat();
    const ids: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(senders.map(async (pool) => this.#send(pool, method)));
      let sent: Array<Promise<Answer>> = [];
      await from(() => {
        this.#blockWhileServerActs(act);
        sent = senders.map(async (pool) => this.#send(pool, method));
      });
      for (const { id, text } of await Promise.all(sent)) {
        expect(text).toBe(id);
        ids.push(id);
      }
    }
    const seen = await this.#seenByServer();
    expect(ids).toHaveLength(TRIES);
    expect(ids.filter((id) => seen.get(id) !== 1)).toEqual([]);
    const counts = { opened: 0, probesDead: 0 };
    for (const pool of pools) {
      const { validation, opened, probesDead } = pool.stats();
      expect(validation).toBe(tier);
      counts.opened += opened;
      counts.probesDead += probesDead;
      await pool.destroy();
    }
    return counts;
  }

  /**
   * Sends requests one after the other over one pool, and stands still after each write until the server has written its
   * answer. Resolves with the number of connections it took.
   */
  async sendAndStandStill(requests: number): Promise<number> {
    this.#order('count');
    const pool = new Pool(this.#origin, this.#options);
    await this.#send(pool, 'POST');
    for (let i = 0; i < requests; i += 1) {
      let sent: Promise<Answer> | undefined;
      await fromTimer(() => {
        Atomics.store(this.#acted, 0, 0);
        sent = this.#send(pool, 'POST');
        // Behind the end of the turn, where it leaves.
        setImmediate(() => this.#blockUntil(1));
      });
      const answer = await sent;
      expect(answer?.text).toBe(answer?.id);
    }
    const { opened } = pool.stats();
    await pool.destroy();
    return opened;
  }

  /**
   * Dials ahead, and sends its first request when the server's tickets have come and the loop has not read them.
   * Resolves with what became of the connection.
   */
  async sendBeforeTicketsAreRead(
    tier: ValidationTier,
  ): Promise<{ readonly opened: number; readonly probesDead: number }> {
    const pool = new Pool(this.#origin, { ...this.#options, validate: tier });
    this.#order('count');
    await this.#seenByServer();
    Atomics.store(this.#acted, 0, 0);
    const answer = await new Promise<Answer>((resolve, reject) => {
      pool.dialProbe((error) => {
        if (error) reject(error);
        // The end of our handshake leaves after this callback; the loop polls after the immediate.
        setImmediate(() => {
          this.#blockUntil(1);
          this.#send(pool, 'POST').then(resolve, reject);
        });
      });
    });
    expect(answer.text).toBe(answer.id);
    const { opened, probesDead } = pool.stats();
    await pool.destroy();
    return { opened, probesDead };
  }

  async #send(pool: Pool, method: string): Promise<Answer> {
    this.#nextId += 1;
    const id = `request-${this.#nextId}`;
    const body = method === 'POST' ? 'x' : undefined;
    const response = await pool.request({ method, path: '/', headers: { 'x-id': id }, body });
    return { id, text: await response.body.text() };
  }

  /** Lets the server act on every connection while this thread stands still. */
  #blockWhileServerActs(act: RacingAct): void {
    Atomics.store(this.#acted, 0, 0);
    this.#order(act);
    this.#blockUntil(POOLS);
  }

  #blockUntil(count: number): void {
    for (let done = 0; done < count; done = Atomics.load(this.#acted, 0)) {
      if (Atomics.wait(this.#acted, 0, done, BLOCK_LIMIT_MS) === 'timed-out')
        throw new Error(`the server acted on ${done} of ${count} connections`);
    }
  }

  #order(order: RacingOrder): void {
    this.#worker.postMessage(order);
  }

  async #seenByServer(): Promise<Map<string, number>> {
    this.#order('report');
    const report = await reportOf(this.#worker);
    const times = new Map<string, number>();
    for (const id of report.kind === 'seen' ? report.ids : []) times.set(id, (times.get(id) ?? 0) + 1);
    return times;
  }
}

interface Answer {
  readonly id: string;
  readonly text: string;
}

async function reportOf(worker: Worker): Promise<RacingReport> {
  const [report]: RacingReport[] = await once(worker, 'message');
  if (!report) throw new Error('the racing server said nothing');
  return report;
}
