import { parseDurationMs } from '#libs/kernel';
import type { Fault } from './fault.ts';

/** Uniform between `meanMs - jitterMs` and `meanMs + jitterMs`. */
export interface LatencyMagnitude {
  /** 0 to 3,600,000. */
  readonly meanMs: number;
  /** 0 to `meanMs`. */
  readonly jitterMs: number;
}

const MAX_MEAN_MS = 3_600_000;

export const latency: Fault<LatencyMagnitude> = {
  summary: 'The request leaves later.',
  unit: 'ms',
  allowed: 'a duration from 0ms to 1h, with or without a jitter up to the same, such as 50ms or 50ms~10ms',
  defaultMagnitude: '50ms~10ms',
  defaultWhen: ':5%',
  parse(text) {
    const [, mean = '', jitter = '0ms'] = /^([^~]+)(?:~([^~]+))?$/.exec(text) ?? [];
    const meanMs = parseDurationMs(mean);
    const jitterMs = parseDurationMs(jitter);
    return meanMs === undefined || jitterMs === undefined ? undefined : { meanMs, jitterMs };
  },
  isInRange: ({ meanMs, jitterMs }) =>
    meanMs >= 0 && meanMs <= MAX_MEAN_MS && jitterMs >= 0 && jitterMs <= meanMs,
  decide: (faultId, { meanMs, jitterMs }, draw) => ({
    kind: 'latency',
    faultId,
    delayMs: meanMs + jitterMs * (2 * draw - 1),
  }),
};
