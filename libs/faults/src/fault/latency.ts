import { delay, delayOf, type DelayMagnitude } from './delay.ts';
import type { Fault } from './fault.ts';

export const latency: Fault<DelayMagnitude> = {
  ...delay,
  summary: 'The request leaves later.',
  code: 'PLR_ATTEMPT_TIMEOUT',
  defaultMagnitude: '50ms~10ms',
  defaultWhen: ':5%',
  decide: (faultId, magnitude, draw) => ({ kind: 'latency', faultId, delayMs: delayOf(magnitude, draw) }),
};
