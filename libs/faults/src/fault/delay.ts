import { parseDurationMs } from '#libs/kernel';

/** Uniform between `meanMs - jitterMs` and `meanMs + jitterMs`. */
export interface DelayMagnitude {
  /** 0 to 3,600,000. */
  readonly meanMs: number;
  /** 0 to `meanMs`. */
  readonly jitterMs: number;
}

const MAX_MEAN_MS = 3_600_000;

/** What the faults that only take time have in common. */
export const delay = {
  unit: 'ms',
  allowed: 'a duration from 0ms to 1h, with or without a jitter up to the same, such as 50ms or 50ms~10ms',
  parse(text: string): DelayMagnitude | undefined {
    const [, mean = '', jitter = '0ms'] = /^([^~]+)(?:~([^~]+))?$/.exec(text) ?? [];
    const meanMs = parseDurationMs(mean);
    const jitterMs = parseDurationMs(jitter);
    return meanMs === undefined || jitterMs === undefined ? undefined : { meanMs, jitterMs };
  },
  isInRange: ({ meanMs, jitterMs }: DelayMagnitude): boolean =>
    meanMs >= 0 && meanMs <= MAX_MEAN_MS && jitterMs >= 0 && jitterMs <= meanMs,
} as const;

/** @param draw a uniform float in [0, 1) */
export function delayOf({ meanMs, jitterMs }: DelayMagnitude, draw: number): number {
  return meanMs + jitterMs * (2 * draw - 1);
}
