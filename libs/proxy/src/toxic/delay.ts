import type { Rng } from '#libs/kernel';

/** Uniform from `latency` - `jitter` to `latency` + `jitter`, in ms, never below 0. Draws only where there is a jitter. */
export function delayOf({ latency, jitter }: { latency: number; jitter: number }, rng: Rng): number {
  const delayMs = jitter > 0 ? latency + jitter * (2 * rng.next() - 1) : latency;
  return Math.max(0, delayMs);
}
