import type { RequestRecord } from '#libs/records';
import { causeOf, outcomeOf, type AttributionCell, type Outcome } from './attribution.ts';

/** What counts of one logical request. */
export interface RequestSample {
  readonly isOk: boolean;
  readonly outcome: Outcome;
  readonly cell: AttributionCell;
  /** Attempts made, re-sends included. A request that was refused at once has none. */
  readonly attempts: number;
  /** Attempts beyond the first: by policy and re-sent. */
  readonly retries: number;
  /**
   * Milliseconds from when it should have started to its end. A generator that is late cannot make it look better
   * (Gil Tene's "coordinated omission").
   */
  readonly latencyMs: number;
  /** Milliseconds from when it did start. */
  readonly sendLatencyMs: number;
  /** What failed: each failed attempt, and the end if it was not that of an attempt. A code, or `HTTP_503`. */
  readonly failures: readonly string[];
}

/** @param intendedAtMs when it should have started, on the clock of the record; in the closed model, when it did. */
export function sampleOf(record: RequestRecord, intendedAtMs: number): RequestSample {
  const { attempts, isOk, startedAtMs, endedAtMs } = record;
  const outcome = outcomeOf(record);
  let retries = 0;
  for (const { kind } of attempts) if (kind !== 'first') retries += 1;
  return {
    isOk,
    outcome,
    cell: `${causeOf(record)}/${outcome}`,
    attempts: attempts.length,
    retries,
    latencyMs: endedAtMs - intendedAtMs,
    sendLatencyMs: endedAtMs - startedAtMs,
    failures: failuresOf(record),
  };
}

function failuresOf({ attempts, error }: RequestRecord): string[] {
  const failures: string[] = [];
  for (const attempt of attempts) {
    if (attempt.error) failures.push(attempt.error.code);
    else if (attempt.statusCode !== undefined && attempt.statusCode >= 400)
      failures.push(`HTTP_${attempt.statusCode}`);
  }
  if (error && attempts.at(-1)?.error?.code !== error.code) failures.push(error.code);
  return failures;
}
