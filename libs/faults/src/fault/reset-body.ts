import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const resetBody: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The connection is reset (RST) between the head of the response and its body, if it has one.',
  code: 'PLR_RESET',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'reset-body', faultId }),
};
