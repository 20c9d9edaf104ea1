import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const truncate: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The connection is closed (FIN) in the middle of the body of the response, if it has one.',
  code: 'PLR_CLOSED_BY_PEER',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'truncate', faultId }),
};
