import { delay, delayOf, type DelayMagnitude } from './delay.ts';
import type { Fault } from './fault.ts';

export const connectSlow: Fault<DelayMagnitude> = {
  ...delay,
  summary: 'The attempt dials anew, and its connection stands later.',
  code: 'PLR_CONNECT_TIMEOUT',
  defaultMagnitude: '500ms',
  defaultWhen: ':1%',
  decide: (faultId, magnitude, draw) => ({
    kind: 'connect-slow',
    faultId,
    delayMs: delayOf(magnitude, draw),
  }),
};
