export { TARGET_FAULTS, type TargetFaultName, type TargetFaultType } from './fault/catalogue.ts';
export { StartError } from './listen.ts';
export type { SuperviseOptions, TargetOptions } from './options.ts';
export { runSupervisedTarget, runTarget, type Terminal } from './run-target.ts';
export { superviseTarget, type SupervisedTarget } from './supervise-target.ts';
export type { Crash, SupervisorEnd, SupervisorListener, SupervisorState } from './supervisor.ts';
export { startTarget, type RunningTarget } from './target-server.ts';
