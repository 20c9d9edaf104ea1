import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const dns: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The attempt dials anew, and the name of the host is unknown.',
  code: 'PLR_DNS',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'dns', faultId }),
};
