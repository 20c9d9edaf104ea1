import type { Clock } from '#libs/kernel';
import { waitUntil } from './wait-until.ts';

/** Sends one request to the target, without faults; says whether it was answered. Bounded in time by whoever makes it. */
export type Canary = () => Promise<boolean>;

/** Five requests a second at most, until three in a row are answered, for ten seconds at most. */
export const CANARY_INTERVAL_MS = 200;
export const CANARY_SUCCESSES = 3;
export const CANARY_MAX_MS = 10_000;

/**
 * Proves that a target answers again, or finds in time that it does not; `signal` gives up. A target that was just
 * started may answer once and fall over, so one answer is no proof.
 */
export async function proveRecovery(canary: Canary, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const endsAtMs = clock.nowMs() + CANARY_MAX_MS;
  let answeredInARow = 0;
  while (!signal.aborted) {
    const nextAtMs = clock.nowMs() + CANARY_INTERVAL_MS;
    answeredInARow = (await canary()) ? answeredInARow + 1 : 0;
    if (answeredInARow >= CANARY_SUCCESSES) return true;
    if (Math.max(nextAtMs, clock.nowMs()) >= endsAtMs) return false;
    await waitUntil(clock, nextAtMs, signal);
  }
  return false;
}
