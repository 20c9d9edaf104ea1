/**
 * `npm run bench`: what Pooler costs, beside the raw floor and undici, in one run. Prints a table and the raw rounds, and
 * fails when a target is missed. Options: --rounds N (default 12), --measure-ms N (default 1500), --live-mib N (default 0) of
 * live objects in each process of the group `bodies`, and --only GROUP, once or several times, for some of the groups.
 */
import { parseArgs } from 'node:util';
import { runRestartDrill, quantile } from '../drills/restart-drill.ts';
import { idleMemory } from './idle-memory.ts';
import { checkoutRatios, heapGrowthOfWaiters } from './scaling.ts';
import { machineLine } from './machine.ts';
import { BODY_64_KIB, SMALL_JSON, type Fetched, type Scheme } from './measure.ts';
import { cpuOf, cpuRatios, runRounds, type Rounds } from './rounds.ts';
import { startBenchServer } from './server.ts';
import { estimateRatio, median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    'measure-ms': { type: 'string', default: '1500' },
    'live-mib': { type: 'string', default: '0' },
    only: { type: 'string', multiple: true },
  },
});
const CONNECTIONS = 50;
let missed = 0;

/** Prints a figure, and whether it keeps its target. */
function judge(what: string, figure: number, target: number, shown: string): void {
  const isKept = figure <= target;
  if (!isKept) missed += 1;
  console.log(`${isKept ? 'kept  ' : 'MISSED'}  ${what}: ${shown} (target <= ${target})`);
}

function judgeRatio(what: string, ratios: readonly number[], target: number): void {
  const { median, low, high } = estimateRatio(ratios);
  judge(what, median, target, `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`);
}

/** Runs the contestants, which fetch this, against a server of this scheme, and prints their rounds. */
async function compete(
  scheme: Scheme,
  fetched: Fetched,
  contestants: readonly string[],
  liveMib = 0,
): Promise<Rounds> {
  const server = await startBenchServer(scheme);
  console.log(`${scheme}, ${fetched.path} by ${fetched.read}(): server ${server.name}`);
  const course = {
    ...fetched,
    scheme,
    port: server.port,
    connections: CONNECTIONS,
    liveMib,
    // On a busy machine the compiler gets its turn late.
    warmUpMs: 2_000,
    measureMs: Number(values['measure-ms']),
  };
  const rounds = runRounds({ rounds: Number(values.rounds), course, contestants });
  await server.stop();
  for (const name of contestants) {
    const ofName = rounds.map((round) => cpuOf(round, name));
    const shown = ofName.map((micros) => micros.toFixed(1)).join(' ');
    console.log(`${name.padEnd(10)} median ${median(ofName).toFixed(1)} us/request; rounds: ${shown}`);
  }
  console.log();
  return rounds;
}

const GROUPS: Readonly<Record<string, () => Promise<void>>> = {
  async json() {
    const rounds = await compete('http', SMALL_JSON, ['floor', 'pool', 'client', 'undici']);
    judgeRatio('Pool.request + text(), CPU over the raw floor', cpuRatios(rounds, 'pool', 'floor'), 1.75);
    judgeRatio(
      'Pool.request + text(), CPU over undici request + text()',
      cpuRatios(rounds, 'pool', 'undici'),
      0.55,
    );
    judgeRatio(
      'Client.request with retry and breaker, CPU over the raw floor',
      cpuRatios(rounds, 'client', 'floor'),
      2,
    );
  },

  async tls() {
    const rounds = await compete('https', SMALL_JSON, ['floor', 'pool', 'undici']);
    judgeRatio(
      'Pool.request + text() over TLS, CPU over the raw TLS floor',
      cpuRatios(rounds, 'pool', 'floor'),
      1.6,
    );
    judgeRatio('Pool.request + text() over TLS, CPU over undici', cpuRatios(rounds, 'pool', 'undici'), 0.65);
  },

  async bodies() {
    const liveMib = Number(values['live-mib']);
    const rounds = await compete('http', BODY_64_KIB, ['body-floor', 'pool', 'undici'], liveMib);
    judgeRatio(
      'Pool.request + arrayBuffer() of 64 KiB, CPU over the raw floor that copies the body',
      cpuRatios(rounds, 'pool', 'body-floor'),
      1.8,
    );
    judgeRatio(
      'Pool.request + arrayBuffer() of 64 KiB, CPU over undici request + arrayBuffer()',
      cpuRatios(rounds, 'pool', 'undici'),
      0.4,
    );
  },

  async checkout() {
    const { ratios, smallNs, largeNs } = await checkoutRatios();
    console.log(
      `info    a request without a network: ${smallNs.toFixed(0)} ns of 10, ${largeNs.toFixed(0)} ns of 1,000 connections`,
    );
    judgeRatio('a checkout of 1,000 connections over one of 10', ratios, 1.15);
  },

  async memory() {
    const growth = await heapGrowthOfWaiters();
    judge('heap growth over 200,000 waiters, bytes', growth, 256 * 1024, String(growth));
    const { connections, bytesEach } = await idleMemory(5_000);
    judge(
      `heap and external memory of one of ${connections} idle connections, bytes`,
      bytesEach,
      16 * 1024,
      bytesEach.toFixed(0),
    );
  },

  async recovery() {
    const drill = await runRestartDrill({ kills: 20, outageMs: 300, concurrency: 20 });
    const [half, most] = [quantile(drill.recoveriesMs, 0.5), quantile(drill.recoveriesMs, 0.95)];
    judge('recovery after a restart, median ms', half, 150, half.toFixed(1));
    judge('recovery after a restart, p95 ms', most, 500, most.toFixed(1));
  },
};

const chosen = values.only ?? Object.keys(GROUPS);
for (const name of chosen) {
  if (!Object.hasOwn(GROUPS, name)) {
    console.error(`--only takes one of ${Object.keys(GROUPS).join(', ')}, not ${name}`);
    process.exit(2);
  }
}
console.log(machineLine());
console.log(`${CONNECTIONS} connections; CPU = user + system of the client process\n`);
for (const name of chosen) await GROUPS[name]?.();
if (missed > 0) {
  console.log(`\n${missed} targets missed`);
  process.exitCode = 1;
}
