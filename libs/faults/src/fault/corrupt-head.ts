import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const corruptHead: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'One bit of the first byte of the response is wrong.',
  code: 'PLR_PROTOCOL',
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'corrupt-head', faultId }),
};
