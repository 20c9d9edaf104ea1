import { noMagnitude, type Fault, type NoMagnitude } from './fault.ts';

export const aliveAsDead: Fault<NoMagnitude> = {
  ...noMagnitude,
  summary: 'The look at an idle connection says that it is dead, and it is not: another must be had.',
  code: undefined,
  defaultWhen: ':1%',
  decide: (faultId) => ({ kind: 'alive-as-dead', faultId }),
};
