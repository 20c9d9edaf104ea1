/**
 * `npm run bench`: what Pooler costs, beside the raw floor and undici, in one run. Prints a table and the raw rounds, and
 * fails when a target is missed. Options: --rounds N (default 12), --measure-ms N (default 1500).
 */
import { cpus, release, type as osType } from 'node:os';
import { parseArgs } from 'node:util';
import { runRestartDrill, quantile } from '../drills/restart-drill.ts';
import { idleMemory } from './idle-memory.ts';
import { checkoutRatios, heapGrowthOfWaiters } from './scaling.ts';
import type { Scheme } from './measure.ts';
import { cpuOf, cpuRatios, runRounds, type Rounds } from './rounds.ts';
import { startBenchServer } from './server.ts';
import { estimateRatio, median } from './statistics.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '12' }, 'measure-ms': { type: 'string', default: '1500' } },
});
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

/** Runs the contestants against a server of this scheme, and prints their rounds. */
async function compete(scheme: Scheme, contestants: readonly string[]): Promise<Rounds> {
  const server = await startBenchServer(scheme);
  console.log(`${scheme}: server ${server.name}`);
  const course = {
    scheme,
    port: server.port,
    connections: 50,
    // On a busy machine the compiler gets its turn late.
    warmUpMs: 2_000,
    measureMs: Number(values['measure-ms']),
  };
  const rounds = runRounds({ rounds: Number(values.rounds), course, contestants });
  await server.stop();
  for (const name of contestants) {
    const ofName = rounds.map((round) => cpuOf(round, name));
    const shown = ofName.map((micros) => micros.toFixed(1)).join(' ');
    console.log(`${name.padEnd(7)} median ${median(ofName).toFixed(1)} us/request; rounds: ${shown}`);
  }
  console.log();
  return rounds;
}

const [cpu] = cpus();
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${osType()} ${release()}, ${cpus().length} x ${cpu?.model}`,
);
console.log(`50 connections, 15-byte JSON; CPU = user + system of the client process\n`);
const plain = await compete('http', ['floor', 'pool', 'client', 'undici']);
const secured = await compete('https', ['floor', 'pool', 'undici']);
judgeRatio('Pool.request + text(), CPU over the raw floor', cpuRatios(plain, 'pool', 'floor'), 1.75);
judgeRatio(
  'Pool.request + text(), CPU over undici request + text()',
  cpuRatios(plain, 'pool', 'undici'),
  0.55,
);
judgeRatio(
  'Client.request with retry and breaker, CPU over the raw floor',
  cpuRatios(plain, 'client', 'floor'),
  2,
);
judgeRatio(
  'Pool.request + text() over TLS, CPU over the raw TLS floor',
  cpuRatios(secured, 'pool', 'floor'),
  1.6,
);
judgeRatio('Pool.request + text() over TLS, CPU over undici', cpuRatios(secured, 'pool', 'undici'), 0.65);

const { ratios, smallNs, largeNs } = await checkoutRatios();
console.log(
  `info    a request without a network: ${smallNs.toFixed(0)} ns of 10, ${largeNs.toFixed(0)} ns of 1,000 connections`,
);
judgeRatio('a checkout of 1,000 connections over one of 10', ratios, 1.15);
const growth = await heapGrowthOfWaiters();
judge('heap growth over 200,000 waiters, bytes', growth, 256 * 1024, String(growth));
const { connections, bytesEach } = await idleMemory(5_000);
judge(
  `heap and external memory of one of ${connections} idle connections, bytes`,
  bytesEach,
  16 * 1024,
  bytesEach.toFixed(0),
);

const drill = await runRestartDrill({ kills: 20, outageMs: 300, concurrency: 20 });
const [half, most] = [quantile(drill.recoveriesMs, 0.5), quantile(drill.recoveriesMs, 0.95)];
judge('recovery after a restart, median ms', half, 150, half.toFixed(1));
judge('recovery after a restart, p95 ms', most, 500, most.toFixed(1));
if (missed > 0) {
  console.log(`\n${missed} targets missed`);
  process.exitCode = 1;
}
