/**
 * `npm run bench:overload`: what the adaptive limit does for goodput and latency, beside fixed sizes of the pool: one far
 * too large, and one that knows the server. Options: --rounds N (default 3), --seconds N of each run (default 10).
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Client, type ClientOptions } from '#libs/client';
import { systemClock } from '#libs/kernel';
import { ArrivalSchedule } from '#libs/load';
import { OpenLoad } from '#libs/load/runner';
import { LatencyHistogram } from '#libs/stats';
import { lastingPort } from '../fixtures/lasting-ports.ts';
import { machineLine } from './machine.ts';
import { accepts, end } from './server.ts';
import { estimateRatio, median } from './statistics.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '10' } },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);

const WORKERS = 8;
const SERVICE_MS = 20;
const CAPACITY = (WORKERS * 1_000) / SERVICE_MS;
const DEADLINE_MS = 500;
/** Who has waited for longer would be too late with its answer. */
const ACQUIRE_TIMEOUT_MS = 250;

interface Scenario {
  readonly name: string;
  readonly crowd: number;
  /** As a multiple of what the server can take. */
  readonly offered: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'twice its capacity, and it slows down', crowd: 50, offered: 2 },
  { name: 'twice its capacity, and it does not slow down', crowd: 0, offered: 2 },
  { name: 'half its capacity', crowd: 50, offered: 0.5 },
];

const CONTESTANTS: Readonly<Record<string, ClientOptions>> = {
  'fixed 256': { pool: { maxConnections: 256 } },
  [`fixed ${WORKERS}`]: { pool: { maxConnections: WORKERS } },
  adaptive: { pool: { maxConnections: 256 }, adaptive: true },
};

/** One run: answers in time, and how long they took from the moment at which they were due. */
interface Run {
  /** Answers in time, as a share of what the server could have given. */
  readonly goodput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly limit: number | undefined;
}

async function runOnce({ crowd, offered }: Scenario, options: ClientOptions, seconds: number): Promise<Run> {
  const port = await lastingPort();
  const script = new URL('overload-server.ts', import.meta.url).pathname;
  const args = [port, WORKERS, SERVICE_MS, crowd].map(String);
  const server = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
  await accepts(port);
  // Retries and a breaker would help all of them, each in its way; here the size of the pool is to be seen.
  const pool = { acquireTimeoutMs: ACQUIRE_TIMEOUT_MS, ...options.pool };
  const client = new Client({ ...options, pool, retry: false, breaker: false, deadlineMs: DEADLINE_MS });
  const latencies = new LatencyHistogram();
  const url = `http://127.0.0.1:${port}/`;
  const send = async (_seq: number, dueAtMs: number): Promise<void> => {
    try {
      const response = await client.request(url);
      await response.body.dump();
      latencies.record(Math.max(0, systemClock.nowMs() - dueAtMs));
    } catch {
      // Too late, or turned away: no goodput.
    }
  };
  const stages = [{ durationMs: seconds * 1_000, targetPerSecond: CAPACITY * offered }];
  const load = new OpenLoad(
    {
      schedule: new ArrivalSchedule({ stages }),
      t0AtMs: systemClock.nowMs(),
      maxConcurrency: 10_000,
      drainMs: 2 * DEADLINE_MS,
    },
    send,
    { onSent: () => {}, onMissed: () => {} },
    systemClock,
  );
  await load.run();
  const limit = [...client.stats().origins.values()][0]?.adaptiveLimit;
  await client.destroy();
  await end(server);
  return {
    goodput: latencies.count / seconds / CAPACITY,
    p50Ms: latencies.quantileMs(0.5),
    p99Ms: latencies.quantileMs(0.99),
    limit,
  };
}

/** Each contestant once in each round, in an order that turns. */
async function compete(scenario: Scenario): Promise<ReadonlyMap<string, readonly Run[]>> {
  const names = Object.keys(CONTESTANTS);
  const runs = new Map<string, Run[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + round) % names.length] ?? '';
      runs.get(name)?.push(await runOnce(scenario, CONTESTANTS[name] ?? {}, SECONDS));
    }
  }
  return runs;
}

function show(name: string, runs: readonly Run[]): void {
  const middle = (pick: (run: Run) => number): string => median(runs.map(pick)).toFixed(0);
  const limits = runs.map(({ limit }) => limit).filter((limit) => limit !== undefined);
  const goodput = `${middle((run) => run.goodput * 100).padStart(4)} % of capacity`;
  const latency = `p50 ${middle((run) => run.p50Ms).padStart(3)} ms   p99 ${middle((run) => run.p99Ms).padStart(3)} ms`;
  const tail = limits.length > 0 ? `   limits at the end: ${limits.join(' ')}` : '';
  console.log(`${name.padEnd(10)} goodput ${goodput}   ${latency}${tail}`);
}

/** The adaptive runs over those of `base`, round by round. */
function compare(what: string, runs: ReadonlyMap<string, readonly Run[]>, base: string): void {
  const ratioOf = (pick: (run: Run) => number): string => {
    const bases = runs.get(base) ?? [];
    const ratios = (runs.get('adaptive') ?? []).map((run, i) => pick(run) / pick(bases[i] ?? run));
    if (!ratios.every(Number.isFinite)) return 'without end';
    const { median: middle, low, high } = estimateRatio(ratios);
    return `${middle.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  };
  console.log(
    `${what}: goodput ${ratioOf((run) => run.goodput)}, p50 ${ratioOf((run) => run.p50Ms)}, p99 ${ratioOf((run) => run.p99Ms)}`,
  );
}

console.log(machineLine());
console.log(
  `${WORKERS} workers of ${SERVICE_MS} ms: ${CAPACITY} requests/s; deadline ${DEADLINE_MS} ms; ${ROUNDS} rounds of ${SECONDS} s\n`,
);
const [first] = SCENARIOS;
if (first) await runOnce(first, {}, 1);
for (const scenario of SCENARIOS) {
  console.log(`a server asked ${scenario.name}`);
  const runs = await compete(scenario);
  for (const [name, ofName] of runs) show(name, ofName);
  compare('adaptive over fixed 256', runs, 'fixed 256');
  compare(`adaptive over fixed ${WORKERS}`, runs, `fixed ${WORKERS}`);
  console.log();
}
