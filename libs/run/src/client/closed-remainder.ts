import type { ClosedOptions, ClosedSchedule } from '#libs/load';

/** What is left of a closed load at `offsetMs` from t = 0; `undefined` when it is over. */
export function remainderOf(
  { timeline, concurrency, requests }: ClosedSchedule,
  offsetMs: number,
): ClosedOptions | undefined {
  const { stagesEndMs, endMs } = timeline;
  if (offsetMs >= endMs) return undefined;
  if (offsetMs >= stagesEndMs) return { concurrency, durationMs: endMs - offsetMs };
  return {
    concurrency,
    requests,
    baselineMs: Math.max(0, -offsetMs),
    durationMs: stagesEndMs - Math.max(0, offsetMs),
    recoveryMs: endMs - stagesEndMs,
  };
}
