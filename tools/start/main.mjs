// `npm start`: api, worker, a supervised target, a fault proxy before it and Redis on loopback, and a sample campaign over
// them.
// SIGINT, SIGTERM or SIGHUP, to us or to npm, ends everything within 3 s; so does our own death, by the guard of each child.
import { constants } from 'node:os';
import { join } from 'node:path';
import { onNpmShellGone } from '../npm-shell.mjs';
import { USAGE, readFlags } from './flags.mjs';
import { requireFreePort } from './free-port.mjs';
import { Parts } from './parts.mjs';
import { openRedis } from './redis.mjs';
import { runSample } from './sample-run.mjs';
import { Stop } from './stop.mjs';

const root = join(import.meta.dirname, '../..');
const mainOf = (app) => join(root, 'dist/apps', app, 'src/main.js');
const SAMPLE = join(root, 'examples/first-run.yaml');
const LOOPBACK = '127.0.0.1';

const interrupted = new Promise((_resolve, reject) => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => reject(new Stop(`ended by ${name}`, 128 + constants.signals[name])));
  }
  onNpmShellGone(() => reject(new Stop('ended with npm', 128 + constants.signals.SIGTERM)));
});
interrupted.catch(() => {});

async function main(args) {
  const flags = readFlags(args);
  if (flags.wantsHelp) return void process.stdout.write(USAGE);
  if (flags.port !== 0) await requireFreePort(flags.port);
  const parts = new Parts();
  try {
    await Promise.race([serve(parts, flags), interrupted, parts.failed]);
  } finally {
    await parts.end();
  }
}

/** Never resolves: the service runs until something ends it. */
async function serve(parts, { port, hasSample, dataFolder }) {
  const redis = await openRedis(parts, dataFolder);
  say(redis.sentence);
  const target = parts.start('target', process.execPath, [mainOf('target'), ...TARGET_FLAGS]);
  const proxy = parts.start('proxy', process.execPath, [mainOf('proxy'), ...PROXY_FLAGS]);
  const local = localTarget(await target.address('listening'), await target.address('control'));
  const proxied = await proxiedTarget(local, await proxy.address('listening'));
  const common = { HOST: LOOPBACK, REDIS_URL: redis.url };
  const api = parts.start('api', process.execPath, [mainOf('api')], {
    ...common,
    PORT: String(port),
    POOLER_TARGETS: JSON.stringify([local, proxied]),
    // On loopback nobody signs in.
    POOLER_TOKENS_FILE: undefined,
  });
  const worker = parts.start('worker', process.execPath, [mainOf('worker')], { ...common, PORT: '0' });
  const [url] = await Promise.all([api.address('listening'), worker.address('listening')]);
  process.stdout.write(`ready: ${url}\n`);
  if (hasSample) await showSample(url);
  await new Promise(() => {});
}

const TARGET_FLAGS = ['--host', LOOPBACK, '--port', '0', '--supervise', '--control-port', '0'];

const PROXY_FLAGS = ['--host', LOOPBACK, '--port', '0'];

function localTarget(baseUrl, controlUrl) {
  const limits = { maxRate: '1000/s', maxConcurrency: 200 };
  return { name: 'local', baseUrl, controlUrl, ...limits, faults: true, allowPrivate: true };
}

/** The same target behind a proxy, for campaigns with faults of the way. */
async function proxiedTarget(local, controlUrl) {
  const name = 'proxied';
  const answer = await fetch(`${controlUrl}/proxies`, {
    method: 'POST',
    body: JSON.stringify({ name, listen: `${LOOPBACK}:0`, upstream: new URL(local.baseUrl).host }),
  });
  if (!answer.ok) throw new Stop(`the proxy refuses the target: ${await answer.text()}`);
  const { listen } = await answer.json();
  return { ...local, name, baseUrl: `http://${listen}`, proxy: { controlUrl, name } };
}

async function showSample(url) {
  const write = (line) => process.stdout.write(`sample run: ${line}\n`);
  try {
    for (const line of await runSample(url, SAMPLE, write)) write(line);
  } catch (error) {
    write(`did not end well: ${error.message}`);
  }
  process.stdout.write(`open ${url} in a browser; Ctrl-C ends everything\n`);
}

function say(message) {
  process.stderr.write(`start: ${message}\n`);
}

try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  say(error.message);
  process.exit(error.status);
}
