import { delay, delayOf, type DelayMagnitude } from './delay.ts';
import type { Fault } from './fault.ts';

export const slowRead: Fault<DelayMagnitude> = {
  ...delay,
  summary: 'The answer comes in pieces of 1 KiB, each this much after the one before.',
  code: 'PLR_ATTEMPT_TIMEOUT',
  defaultMagnitude: '100ms',
  defaultWhen: ':1%',
  decide: (faultId, magnitude, draw) => ({ kind: 'slow-read', faultId, delayMs: delayOf(magnitude, draw) }),
};
