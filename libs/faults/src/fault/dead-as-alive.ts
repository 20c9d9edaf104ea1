import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const deadAsAlive: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The connection is dead, and the look at it before the request did not show it.',
  code: 'PLR_RESET',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'dead-as-alive', faultId }),
};
