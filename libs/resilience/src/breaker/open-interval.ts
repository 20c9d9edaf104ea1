import type { Rng } from '#libs/kernel';
import type { ResolvedBreakerOptions } from './breaker-options.ts';

/**
 * Each failed trial makes the next interval longer by this factor. So a peer that was away for a time L is tried again within
 * `openMs` + L/5 of its return; doubled, as is usual, that would be `openMs` + L.
 */
const GROWTH = 1.2;

/** An interval is shortened by up to this share, so that many clients do not come back together. */
const JITTER = 0.2;

/**
 * How long a peer is left alone.
 *
 * @param failedTrials since it was last well
 */
export function openIntervalMs(
  failedTrials: number,
  { openMs, maxOpenMs }: Pick<ResolvedBreakerOptions, 'openMs' | 'maxOpenMs'>,
  rng: Rng,
): number {
  return Math.min(maxOpenMs, openMs * GROWTH ** failedTrials) * (1 - JITTER * rng.next());
}
