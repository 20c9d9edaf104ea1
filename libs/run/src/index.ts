export { CANARY_INTERVAL_MS, CANARY_MAX_MS, CANARY_SUCCESSES, proveRecovery, type Canary } from './canary.ts';
export { disturb, type ActOfDrill, type FaultChange, type OuterFaults } from './disturbance.ts';
export {
  LocalRun,
  type LocalRunOptions,
  type LocalRunPorts,
  type RunNews,
  type RunOutcome,
} from './local-run.ts';
export { FaultSightings, type FaultSighting } from './fault-sightings.ts';
export { messageOf } from './message-of.ts';
export { RunJudge, type GuardrailOutcome, type Judgement } from './run-judge.ts';
export { RunLedger, type SegmentPart } from './run-ledger.ts';
export type { Load, LoadCounts, ScenarioLoad, ScenarioShare } from './scenario-load.ts';
export {
  MAX_CATCH_UP_MS,
  SegmentRun,
  firstSeqAt,
  type SegmentControls,
  type SegmentCount,
  type SegmentOrder,
} from './segment-run.ts';
export { StageFaults } from './stage-faults.ts';
