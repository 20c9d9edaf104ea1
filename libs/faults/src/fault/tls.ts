import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const tls: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The attempt dials anew, and the TLS handshake fails.',
  code: 'PLR_TLS',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'tls', faultId }),
};
