import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const reset: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The connection is reset (RST) after the request went out.',
  code: 'PLR_RESET',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'reset', faultId }),
};
