/**
 * A retry storm over loopback: 500 requests a second, whether or not earlier ones are answered, at a target that fails
 * everything for 5 s, with retry budget and breaker each on and off. Shows how many attempts reached the target, and how
 * long after its return 95 % of the requests succeed again; fails when that takes longer than 2 s in the median.
 * `node --conditions=pooler-source test/bench/storm.ts [--rounds N]`.
 */
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, type ClientOptions } from '#libs/client';
import { PoolerError, systemClock } from '#libs/kernel';
import { ArrivalSchedule } from '#libs/load';
import { OpenLoad } from '#libs/load/runner';
import { StormTarget } from '../drills/storm-target.ts';
import { machineLine } from './machine.ts';
import { failFor, type OutageKind } from './storm-outage.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const ROUNDS = Number(values.rounds);
const REQUESTS_PER_SECOND = 500;
const OUTAGE_MS = 5_000;
const BEFORE_MS = 1_000;
const AFTER_MS = 5_000;
/** The load is stopped when the last phase is over; a target may take this long to come back. */
const LONGEST_MS = 60_000;
/** Goodput is looked at in windows of this length, by the requests' intended starts. */
const WINDOW_MS = 100;
/** So many windows in a row must be good for the target's return to be over. */
const STEADY_WINDOWS = 10;
const GOOD_SHARE = 0.95;
const RECOVERY_TARGET_MS = 2_000;

interface Contestant {
  readonly name: string;
  readonly options: ClientOptions;
}

const CONTESTANTS: readonly Contestant[] = [
  { name: 'budget and breaker', options: {} },
  { name: 'breaker only', options: { retry: { budget: false } } },
  { name: 'budget only', options: { breaker: false } },
  { name: 'neither', options: { breaker: false, retry: { budget: false } } },
];

interface StormResult {
  readonly outageMs: number;
  /** Requests that were due during the outage. */
  readonly requests: number;
  /** What reached the target, or its closed port, during the outage. */
  readonly attempts: number;
  /** From the return to the end of the first window from which on goodput is good; Infinity for never. */
  readonly recoveryMs: number;
}

async function storm(kind: OutageKind, options: ClientOptions): Promise<StormResult> {
  const target = await StormTarget.start();
  const client = new Client({ ...options, attemptTimeoutMs: 1_000, deadlineMs: 5_000 });
  const url = `${target.origin}/health`;
  const attemptsSoFar = (): number => {
    const arrived = target.journal.split('\n').length - 1;
    return arrived + (client.stats().origins.get(target.origin)?.pool.dialsFailed ?? 0);
  };
  /** When each request should have started, and whether it succeeded. */
  const ends: { readonly intendedAtMs: number; readonly isOk: boolean }[] = [];
  const schedule = new ArrivalSchedule({
    stages: [{ durationMs: LONGEST_MS, targetPerSecond: REQUESTS_PER_SECOND }],
  });
  const load = new OpenLoad(
    { schedule, t0AtMs: systemClock.nowMs(), maxConcurrency: 65_535, drainMs: 10_000 },
    async (_seq, intendedAtMs) => {
      ends.push({ intendedAtMs, isOk: await isAnswered(client, url) });
    },
    { onSent: () => {}, onMissed: () => {} },
    systemClock,
  );
  try {
    const running = load.run();
    await wait(BEFORE_MS);
    const failedAtMs = systemClock.nowMs();
    const attemptsBefore = attemptsSoFar();
    await failFor(target, kind, OUTAGE_MS);
    const returnedAtMs = systemClock.nowMs();
    const attempts = attemptsSoFar() - attemptsBefore;
    await wait(AFTER_MS);
    load.stop();
    await running;
    const during = ends.filter(
      ({ intendedAtMs }) => intendedAtMs >= failedAtMs && intendedAtMs < returnedAtMs,
    );
    return {
      outageMs: returnedAtMs - failedAtMs,
      requests: during.length,
      attempts,
      recoveryMs: recoveryMs(ends, returnedAtMs),
    };
  } finally {
    load.stop();
    await client.destroy();
    await target.stop();
  }
}

async function isAnswered(client: Client, url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await client.request(url, { awaitBody: true });
    await body.dump();
    return statusCode === 200;
  } catch (error) {
    if (error instanceof PoolerError) return false;
    throw error;
  }
}

function recoveryMs(
  ends: ReadonlyArray<{ readonly intendedAtMs: number; readonly isOk: boolean }>,
  returnedAtMs: number,
): number {
  const windows = Array.from({ length: AFTER_MS / WINDOW_MS }, () => ({ due: 0, ok: 0 }));
  for (const { intendedAtMs, isOk } of ends) {
    const window = windows[Math.floor((intendedAtMs - returnedAtMs) / WINDOW_MS)];
    if (!window) continue;
    window.due += 1;
    if (isOk) window.ok += 1;
  }
  const isGood = windows.map(({ due, ok }) => due > 0 && ok >= GOOD_SHARE * due);
  for (let first = 0; first + STEADY_WINDOWS <= isGood.length; first += 1) {
    if (isGood.slice(first, first + STEADY_WINDOWS).every(Boolean)) return (first + 1) * WINDOW_MS;
  }
  return Infinity;
}

console.log(`${machineLine()}, load average ${loadavg()[0]?.toFixed(1)}`);
console.log(
  `${REQUESTS_PER_SECOND} requests a second, outage ${OUTAGE_MS} ms, medians of ${ROUNDS} rounds\n`,
);

interface Entry {
  readonly kind: OutageKind;
  readonly contestant: Contestant;
  readonly rounds: StormResult[];
}

const results = new Map<string, Entry>();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const kind of ['refused', '503'] as const) {
    for (const contestant of CONTESTANTS) {
      const result = await storm(kind, contestant.options);
      const entry = results.get(`${kind} ${contestant.name}`) ?? { kind, contestant, rounds: [] };
      entry.rounds.push(result);
      results.set(`${kind} ${contestant.name}`, entry);
    }
  }
}
for (const { kind, contestant, rounds } of results.values()) {
  const attempts = median(rounds.map((result) => result.attempts));
  const perRequest = median(rounds.map((result) => result.attempts / result.requests));
  const outageMs = median(rounds.map((result) => result.outageMs));
  const recoveries = rounds.map((result) => result.recoveryMs);
  const isKept = median(recoveries) <= RECOVERY_TARGET_MS;
  if (!isKept) process.exitCode = 1;
  console.log(
    `${(isKept ? 'kept' : 'MISSED').padEnd(6)}  ${kind.padEnd(7)}  ${contestant.name.padEnd(18)}  ` +
      `out for ${outageMs.toFixed(0)} ms  attempts ${attempts.toFixed(0).padStart(5)} (${perRequest.toFixed(3)} a request)  ` +
      `good again after ${median(recoveries)} ms, at most ${Math.max(...recoveries)} ms`,
  );
}
console.log(`\ntarget: good again within ${RECOVERY_TARGET_MS} ms, in the median`);
