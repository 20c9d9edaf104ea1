import { delay, delayOf, type DelayMagnitude } from './delay.ts';
import type { Fault } from './fault.ts';

export const writeStall: Fault<DelayMagnitude> = {
  ...delay,
  summary: 'Half of the request leaves at once, the rest later.',
  code: 'PLR_ATTEMPT_TIMEOUT',
  defaultMagnitude: '500ms',
  defaultWhen: ':1%',
  decide: (faultId, magnitude, draw) => ({ kind: 'write-stall', faultId, delayMs: delayOf(magnitude, draw) }),
};
