import { delay, delayOf, type DelayMagnitude } from './delay.ts';
import type { Fault } from './fault.ts';

export const checkoutStall: Fault<DelayMagnitude> = {
  ...delay,
  summary: 'The attempt gets no connection for this long, and then one of its own.',
  code: 'PLR_ACQUIRE_TIMEOUT',
  defaultMagnitude: '500ms',
  defaultWhen: ':1%',
  decide: (faultId, magnitude, draw) => ({
    kind: 'checkout-stall',
    faultId,
    delayMs: delayOf(magnitude, draw),
  }),
};
