// `npm start`: a supervised target, load with injected failures against it, and one real kill in the middle.
// The command's summary line is the last and its exit status ours; SIGINT, SIGTERM or SIGHUP ends everything within 3 s.
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded } from './guarded-child.mjs';

// 50 requests at a time that take 100 ms each: about 10 s on any machine, and the same 5,000 verdicts every time.
const LOAD = [
  '--path',
  '/delay/100',
  '--concurrency',
  '50',
  '--requests',
  '5000',
  '--failures',
  'on',
  '--seed',
  '42',
];
const TARGET = ['target', '--port', '0', '--supervise', '--control-port', '0'];
const TARGET_START_MS = 10_000;
const KILL_AFTER_MS = 5_000;
const KILL_REQUEST_MS = 2_000;
/** How long each of the two children may take over a signal before its whole group is killed. */
const GRACE_MS = 1_000;

/** The end of the show before the load has a status of its own. */
class Stop extends Error {
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

const pooler = join(import.meta.dirname, '..', 'dist', 'apps', 'cli', 'src', 'main.js');

const interrupted = new Promise((_resolve, reject) => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => reject(new Stop(`ended by ${name}`, 128 + constants.signals[name])));
  }
});
interrupted.catch(() => {});

async function main() {
  say('starting a supervised target');
  const target = spawnGuarded(process.execPath, [pooler, ...TARGET], { stdio: ['ignore', 'pipe', 'pipe'] });
  target.child.stderr.pipe(process.stderr);
  try {
    const { listening, control } = await Promise.race([addressesOf(target), interrupted]);
    say(`target ${listening}: about 10 s of load with injected failures, killed once in the middle`);
    return await runLoad(new URL(listening), control);
  } finally {
    // Nothing may follow the summary line, not even a farewell.
    target.child.stderr.unpipe().resume();
    await end(target, 'SIGTERM');
  }
}

/** The two addresses that the target prints; whatever it prints later is read and dropped. */
async function addressesOf(target) {
  const found = new Promise((resolve) => {
    const addresses = {};
    createInterface({ input: target.child.stdout }).on('line', (line) => {
      const [, name, address] = /^(listening|control) on (\S+)/.exec(line) ?? [];
      if (name !== undefined) addresses[name] ??= address;
      if (addresses.listening && addresses.control) resolve(addresses);
    });
  });
  const failed = target.ended.then((status) => `ended with status ${status}`);
  const late = sleep(TARGET_START_MS, `named no address within ${TARGET_START_MS / 1_000} s`, { ref: false });
  const outcome = await Promise.race([found, failed, late]);
  if (typeof outcome === 'string') throw new Stop(`the target ${outcome}`);
  return outcome;
}

/** The exit status of the load; while it runs, the target is killed once. */
async function runLoad({ hostname, port }, control) {
  const load = spawnGuarded(process.execPath, [pooler, '--host', hostname, '--port', port, ...LOAD], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const over = new AbortController();
  const killing = killTarget(control, over.signal);
  try {
    return await Promise.race([load.ended, interrupted]);
  } finally {
    over.abort();
    await killing;
    await end(load, 'SIGINT');
  }
}

async function killTarget(control, over) {
  try {
    await sleep(KILL_AFTER_MS, undefined, { signal: over });
    say('killing the target (SIGKILL); its supervisor brings it back');
    const signal = AbortSignal.any([over, AbortSignal.timeout(KILL_REQUEST_MS)]);
    const response = await fetch(`${control}/crash`, { method: 'POST', signal });
    if (!response.ok) say(`the kill was answered with status ${response.status}`);
  } catch (error) {
    if (!over.aborted) say(`the kill failed: ${error.message}`);
  }
}

async function end({ ended, signal }, name) {
  signal(name);
  await Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false })]);
  // Whatever is left of the group, be it a child of the child.
  signal('SIGKILL');
  await ended;
}

function say(message) {
  process.stderr.write(`start: ${message}\n`);
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  say(error.message);
  process.exit(error.status);
}
