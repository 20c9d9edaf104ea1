import { spawnSync } from 'node:child_process';
import type { Course, Measurement } from './measure.ts';

export interface RoundsOptions {
  readonly rounds: number;
  readonly course: Course;
  /** Names of files in `contestants/`. */
  readonly contestants: readonly string[];
}

/** One measurement of each contestant in each round. */
export type Rounds = ReadonlyArray<ReadonlyMap<string, Measurement>>;

/**
 * Runs the contestants one after the other, round by round, each in a process of its own. The order turns with each
 * round, so that none always runs after the same neighbour.
 */
export function runRounds({ rounds, course, contestants }: RoundsOptions): Rounds {
  return Array.from({ length: rounds }, (_, round) => {
    const order = contestants.map((_name, index) => contestants[(index + round) % contestants.length] ?? '');
    return new Map(order.map((name) => [name, runContestant(name, course)]));
  });
}

function runContestant(
  name: string,
  { scheme, path, port, connections, liveMib, warmUpMs, measureMs }: Course,
): Measurement {
  const script = new URL(`contestants/${name}.ts`, import.meta.url).pathname;
  const args = [scheme, path, ...[port, connections, liveMib, warmUpMs, measureMs].map(String)];
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the contestant ${name} failed:\n${stderr}`);
  const measurement: Measurement = JSON.parse(stdout);
  return measurement;
}

/** How many times as much CPU `name` needs per request as `base`, round by round. */
export function cpuRatios(rounds: Rounds, name: string, base: string): number[] {
  return rounds.map((round) => cpuOf(round, name) / cpuOf(round, base));
}

export function cpuOf(round: ReadonlyMap<string, Measurement>, name: string): number {
  return round.get(name)?.cpuMicrosPerRequest ?? Number.NaN;
}
