import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const corruptBody: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary:
    'One bit of the first byte behind the head of the response is wrong: of the body, or of its first chunk size.',
  code: undefined,
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'corrupt-body', faultId }),
};
