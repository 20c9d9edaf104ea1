import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const timeout: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The network swallows the request and everything the peer says: a black hole.',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'timeout', faultId }),
};
