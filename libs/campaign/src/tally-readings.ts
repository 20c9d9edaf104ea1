import type { RunPhase, RunTally, SecondWindows } from '#libs/stats';
import { readingOf, type ReadRun, type RunSecond } from './metric.ts';

/** Reads metrics of what a run has counted. */
export function readTally(tally: RunTally): ReadRun {
  return (metric, phase) => {
    const { counts, latency } = phase === undefined ? tally.total() : tally.phases[phase];
    return readingOf({ ...counts, latency }, metric);
  };
}

/** A second of a run, as long as `windows` keeps it. */
export function secondOf(windows: SecondWindows, number: number, phase: RunPhase): RunSecond {
  return {
    number,
    phase,
    read(metric, seconds) {
      const { counts, latency } = windows.window(number - seconds + 1, seconds);
      return readingOf({ ...counts, latency }, metric);
    },
  };
}
