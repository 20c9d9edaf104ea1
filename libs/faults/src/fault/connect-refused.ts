import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const connectRefused: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The attempt dials anew, and nobody listens there.',
  code: 'PLR_CONNECT_REFUSED',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'connect-refused', faultId }),
};
