import { parseDurationMs } from '#libs/kernel';
import type { Fault } from './fault.ts';

export interface CrashMagnitude {
  /** How long dials are refused, 1 to 3,600,000. */
  readonly durationMs: number;
}

const MAX_DURATION_MS = 3_600_000;

export const crash: Fault<CrashMagnitude> = {
  summary: 'Every connection is reset, and dials are refused for this long.',
  code: 'PLR_RESET',
  unit: 'ms',
  allowed: 'a duration from 1ms to 1h, such as 500ms',
  defaultMagnitude: '500ms',
  defaultWhen: '@300/10000',
  parse(text) {
    const durationMs = parseDurationMs(text);
    return durationMs === undefined ? undefined : { durationMs };
  },
  isInRange: ({ durationMs }) => durationMs >= 1 && durationMs <= MAX_DURATION_MS,
  decide: (faultId, { durationMs }) => ({ kind: 'crash', faultId, durationMs }),
};
