import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const drop: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The connection is closed (FIN) in the middle of the response.',
  code: 'PLR_CLOSED_BY_PEER',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'drop', faultId }),
};
