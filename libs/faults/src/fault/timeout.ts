import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const timeout: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The network swallows the request and everything the peer says: a black hole.',
  code: 'PLR_ATTEMPT_TIMEOUT',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'timeout', faultId }),
};
