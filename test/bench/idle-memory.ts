/**
 * What an idle connection costs: a pool of 5,000 to a server in another process, all idle. Prints heap and external bytes
 * for each. Run with --expose-gc.
 */
import { createServer } from 'node:http';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mostConnections, Pool } from '#libs/pool';

export interface IdleMemory {
  readonly connections: number;
  /** Heap and external memory for each, without what the kernel holds. */
  readonly bytesEach: number;
}

const IN_BATCHES_OF = 250;

/** @param wanted connections, as far as this process and the server may have descriptors */
export async function idleMemory(wanted: number): Promise<IdleMemory> {
  const connections = Math.min(wanted, mostConnections());
  const server = fork(new URL(import.meta.url), ['serve'], { execArgv: ['--conditions=pooler-source'] });
  const [port]: unknown[] = await once(server, 'message');
  const pool = new Pool(`http://127.0.0.1:${String(port)}`, {
    maxConnections: connections,
    idleTimeoutMs: 3_600_000,
    maxPending: connections,
  });
  const before = memory();
  for (let open = 0; open < connections; open += IN_BATCHES_OF) await openMore(pool, open + IN_BATCHES_OF);
  const { idle } = pool.stats();
  const after = memory();
  await pool.destroy();
  server.kill();
  await once(server, 'exit');
  if (idle < connections) throw new Error(`only ${idle} of ${connections} connections are idle`);
  return { connections, bytesEach: (after - before) / connections };
}

/** As many requests at once as there shall be connections: the server answers none before all of them are there. */
async function openMore(pool: Pool, total: number): Promise<void> {
  const count = Math.min(total, pool.stats().max);
  const answers = Array.from({ length: count }, async () =>
    (await pool.request({ path: `/${count}` })).body.text(),
  );
  await Promise.all(answers);
}

function memory(): number {
  if (!global.gc) throw new Error('run with --expose-gc');
  // Twice, since finalizers of the first run leave garbage of their own.
  global.gc();
  global.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Answers when as many requests wait as their path says. */
function serve(): void {
  const waiting: Array<() => void> = [];
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    waiting.push(() => response.end('ok'));
    if (waiting.length === Number(request.url?.slice(1))) for (const answer of waiting.splice(0)) answer();
  });
  server.listen(0, '127.0.0.1', 2_048, () => {
    const address = server.address();
    process.send?.(typeof address === 'object' ? address?.port : undefined);
  });
  process.on('disconnect', () => process.exit());
}

if (process.argv[2] === 'serve') serve();
