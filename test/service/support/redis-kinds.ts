import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastingPort } from '../../fixtures/lasting-ports.ts';

/** A Redis of one's own. */
export interface TestRedis {
  readonly url: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

export interface RedisKind {
  readonly name: string;
  readonly isAvailable: boolean;
  /** In JavaScript: keeps nothing when it ends, and is slow with much in it. */
  readonly isEmbedded: boolean;
  /** @param port of one that was there before; @param folder where it keeps what is in it */
  start(port?: number, folder?: string): Promise<TestRedis>;
}

/** Ends the server at once when its input ends: when we say so, and when we are gone. */
const GUARD = 'redis-server "$@" & read _; kill -9 $!; wait $!';

const HAS_REDIS_SERVER = spawnSync('redis-server', ['--version']).status === 0;

export const EMBEDDED: RedisKind = {
  name: 'the embedded Redis',
  isAvailable: true,
  isEmbedded: true,
  start: startEmbedded,
};

/** Both kinds that the service must work on; what needs the first is skipped visibly where it is not installed. */
export const REDIS_KINDS: readonly RedisKind[] = [
  { name: 'redis-server', isAvailable: HAS_REDIS_SERVER, isEmbedded: false, start: startSystem },
  EMBEDDED,
];

async function startEmbedded(port = 0): Promise<TestRedis> {
  const main = join(import.meta.dirname, 'embedded-redis-main.ts');
  const child = fork(main, [String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [message]: [{ port: number }] = await new Promise((resolve, reject) => {
    child.once('message', (value: { port: number }) => resolve([value]));
    child.once('exit', (code) => reject(new Error(`the embedded Redis ended with ${code}`)));
  });
  return { url: `redis://127.0.0.1:${message.port}`, kill: () => kill(child) };
}

async function startSystem(port?: number, folder?: string): Promise<TestRedis> {
  const own = port ?? (await lastingPort());
  const durable =
    folder === undefined
      ? ['--save', '']
      : ['--appendonly', 'yes', '--appendfsync', 'always', '--dir', folder];
  const args = ['--port', String(own), '--bind', '127.0.0.1', '--maxmemory-policy', 'noeviction', ...durable];
  const guard = spawn('sh', ['-c', GUARD, 'sh', ...args], { stdio: ['pipe', 'ignore', 'ignore'] });
  await answers(own);
  return {
    url: `redis://127.0.0.1:${own}`,
    kill: async () => {
      if (guard.exitCode !== null || guard.signalCode !== null) return;
      const exit = once(guard, 'exit');
      guard.stdin.end();
      await exit;
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(25);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`redis-server does not answer on port ${port}`);
}
