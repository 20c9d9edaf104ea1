import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findFreePort } from './free-port.mjs';
import { BAD_ARGUMENTS, Stop } from './stop.mjs';

const ANSWER_MS = 10_000;
const LOOPBACK = '127.0.0.1';

/**
 * A Redis that answers: the one of `REDIS_URL`, else the system's redis-server, else the embedded one.
 *
 * @param {import('./parts.mjs').Parts} parts where it is started, if it is
 * @param {string | undefined} dataFolder where redis-server keeps its data
 * @returns {Promise<{ url: string, sentence: string }>} the sentence says which it is, and what it keeps
 */
export async function openRedis(parts, dataFolder) {
  const redis = await chooseRedis(parts, dataFolder);
  await Promise.race([answers(redis), parts.failed]);
  return redis;
}

async function chooseRedis(parts, dataFolder) {
  const given = process.env.REDIS_URL?.trim();
  if (given) return givenRedis(given, dataFolder);
  if (hasSystemRedis()) return startSystemRedis(parts, dataFolder);
  if (dataFolder !== undefined) {
    throw refusal('--data needs redis-server on PATH: the embedded Redis keeps nothing');
  }
  const embedded = parts.start('embedded Redis', process.execPath, [
    join(import.meta.dirname, 'embedded-redis.mjs'),
  ]);
  const url = await embedded.address('listening');
  return { url, sentence: 'Redis is the embedded one, since there is no redis-server; it keeps nothing' };
}

function givenRedis(url, dataFolder) {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'redis:' && parsed?.protocol !== 'rediss:') {
    // It may hold a password, so the sentence does not show it.
    throw refusal('REDIS_URL must be a URL that begins with redis:// or rediss://');
  }
  if (dataFolder !== undefined) {
    throw refusal('--data must be left out while REDIS_URL is set: the Redis there keeps what it keeps');
  }
  return { url, sentence: `Redis is the one of REDIS_URL, ${parsed.host}; it keeps what it keeps` };
}

function hasSystemRedis() {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

async function startSystemRedis(parts, dataFolder) {
  const port = String(await findFreePort());
  const folder = dataFolder === undefined ? undefined : writableFolder(dataFolder);
  // Every write goes to a log as it comes, or nothing ever goes to the disk.
  const storage = folder === undefined ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--dir', folder];
  const memory = ['--save', '', '--maxmemory-policy', 'noeviction'];
  parts.start('redis-server', 'redis-server', ['--port', port, '--bind', LOOPBACK, ...memory, ...storage]);
  const kept = folder === undefined ? 'nothing is kept without --data DIR' : `its data is kept in ${folder}`;
  return { url: `redis://${LOOPBACK}:${port}`, sentence: `Redis is redis-server of this machine; ${kept}` };
}

function writableFolder(path) {
  const folder = resolve(path);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw refusal(`--data must be a folder that can be written, got ${JSON.stringify(path)} (${error.code})`);
  }
}

async function answers({ url }) {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 50 });
  let last = 'silence';
  redis.on('error', (error) => {
    last = error.message;
  });
  const late = sleep(ANSWER_MS, 'late', { ref: false });
  try {
    if ((await Promise.race([redis.ping(), late])) === 'late') {
      throw new Stop(`Redis does not answer within ${ANSWER_MS / 1_000} s: ${last}`);
    }
  } catch (error) {
    throw error instanceof Stop ? error : new Stop(`Redis refuses us: ${error.message}`);
  } finally {
    redis.disconnect();
  }
}

function refusal(sentence) {
  return new Stop(sentence, BAD_ARGUMENTS);
}
