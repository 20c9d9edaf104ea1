import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const resetHead: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The connection is reset (RST) in the middle of the head of the response.',
  code: 'PLR_RESET',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'reset-head', faultId }),
};
