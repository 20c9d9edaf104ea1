/**
 * What a checkout costs as the pool grows, without a network: a connector whose wires answer at once, so that nothing is
 * measured but the pool's own work. Run with --expose-gc.
 */
import { systemClock, type Clock } from '#libs/kernel';
import { Pool } from '#libs/pool';
import { ScriptedConnector } from '#libs/testing';
import { median } from './statistics.ts';

const RESPONSE = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
const REQUESTS = 20_000;
const ROUNDS = 15;

/** Every call is a turn of the loop of its own, since these wires answer within it. */
const clock: Clock = { ...systemClock, atTurnEnd: (callback) => callback() };

/** A pool with this many idle connections. */
async function poolOf(connections: number): Promise<{ pool: Pool; connector: ScriptedConnector }> {
  const connector = new ScriptedConnector();
  const pool = new Pool(
    'http://127.0.0.1:80',
    { maxConnections: connections, idleTimeoutMs: 3_600_000, maxPending: 20_000, acquireTimeoutMs: 60_000 },
    { connector: () => connector, clock },
  );
  const warm = Array.from({ length: connections }, async () =>
    (await pool.request({ path: '/' })).body.dump(),
  );
  for (const wire of connector.dialled) wire.connect();
  for (const wire of connector.dialled) wire.handler.onBytes(RESPONSE, RESPONSE.length);
  await Promise.all(warm);
  return { pool, connector };
}

/** Nanoseconds for one request from checkout to release. */
async function costNs({ pool, connector }: Awaited<ReturnType<typeof poolOf>>): Promise<number> {
  // Idle connections are lent last in, first out: the same wire serves every one of these.
  const last = connector.dialled.at(-1);
  if (!last) throw new Error('the pool is empty');
  const beganNs = process.hrtime.bigint();
  for (let i = 0; i < REQUESTS; i += 1) {
    const answer = pool.request({ path: '/' });
    last.sent = '';
    last.handler.onBytes(RESPONSE, RESPONSE.length);
    await (await answer).body.dump();
  }
  return Number(process.hrtime.bigint() - beganNs) / REQUESTS;
}

/** How much more a checkout costs among 1,000 connections than among 10. */
export async function checkoutRatios(): Promise<{ ratios: number[]; smallNs: number; largeNs: number }> {
  const small = await poolOf(10);
  const large = await poolOf(1_000);
  await costNs(small);
  await costNs(large);
  const rounds: Array<[number, number]> = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push([await costNs(small), await costNs(large)]);
  await small.pool.destroy();
  await large.pool.destroy();
  return {
    ratios: rounds.map(([smallNs, largeNs]) => largeNs / smallNs),
    smallNs: median(rounds.map(([smallNs]) => smallNs)),
    largeNs: median(rounds.map(([, largeNs]) => largeNs)),
  };
}

/** The heap's growth in bytes over 20 waves of 10,000 waiters, after a first wave that warms everything up. */
export async function heapGrowthOfWaiters(): Promise<number> {
  const { pool, connector } = await poolOf(1);
  const wire = connector.wire(0);
  const wave = async (): Promise<void> => {
    const answers = Array.from({ length: 10_000 }, async () =>
      (await pool.request({ path: '/' })).body.dump(),
    );
    for (let served = 0; served < answers.length; served += 1) {
      wire.sent = '';
      wire.handler.onBytes(RESPONSE, RESPONSE.length);
    }
    await Promise.all(answers);
  };
  const heapNow = (): number => {
    if (!global.gc) throw new Error('run with --expose-gc');
    global.gc();
    return process.memoryUsage().heapUsed;
  };
  await wave();
  await wave();
  const before = heapNow();
  for (let i = 0; i < 20; i += 1) await wave();
  const growth = heapNow() - before;
  await pool.destroy();
  return growth;
}
