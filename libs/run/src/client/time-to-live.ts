import type { PlannedFault } from '#libs/campaign';

/** How much longer than its window a fault lives where nobody comes to remove it. */
const GRACE_MS = 10_000;

/** What whoever carries a fault out is told, so that it ends soon after its window whatever becomes of the run. */
export function timeToLiveMs({ startMs, endMs }: PlannedFault): number {
  return endMs - startMs + GRACE_MS;
}
