export { FAULTS, FAULT_TYPES } from './catalogue.ts';
export { VerdictDigest, digestOf } from './digest.ts';
export { FaultPlan } from './fault-plan.ts';
export { DEFAULT_FAULT_SPEC, parseFaultSpec } from './fault-spec.ts';
export type { Fault } from './fault/fault.ts';
export type { FaultRule, FaultType } from './rule.ts';
export { PASS, type DialVerdict, type Injected, type Verdict } from './verdict.ts';
export type { When } from './when.ts';
