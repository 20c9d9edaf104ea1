export { explainRequest, type ExplainedRequest } from './explain.ts';
export type {
  AnyFaultType,
  BlastRadius,
  CampaignSpec,
  ClosedScenario,
  DrillSpec,
  FaultPlace,
  FaultSpec,
  HeaderValue,
  OpenScenario,
  PhaseSpec,
  PolicySpec,
  RequestSpec,
  ScenarioSpec,
  StageSpec,
} from './campaign-spec.ts';
export type { FaultEffect } from './fault-effect.ts';
export { checkCampaign } from './check-campaign.ts';
export { Check, type CheckResult } from './check.ts';
export { parseCondition, type Bound, type Condition, type Operator } from './condition.ts';
export {
  MAX_LAG_P99_MS,
  MAX_MISSED_SHARE,
  generatorOf,
  isGeneratorTooSlow,
  type Generator,
} from './generator.ts';
export { Guardrail } from './guardrail.ts';
export {
  METRICS,
  type Metric,
  type MetricUnit,
  type ReadRun,
  type Reading,
  type RunSecond,
} from './metric.ts';
export {
  planRun,
  type PlanOptions,
  type PlanResult,
  type PlannedFault,
  type PlannedPhases,
  type PlannedScenario,
  type RunPlan,
} from './plan.ts';
export {
  PROXY_FAULT_SCOPES,
  TARGET_FAULT_MAGNITUDES,
  type ProxyFaultType,
  type TargetFaultType,
} from './outer-fault-types.ts';
export type { Problem, ProblemCode } from './problem.ts';
export type { Refusal, RefusalCode, RunLimits, TargetLimits } from './refusal.ts';
export {
  isFinal,
  nextRunState,
  type Abort,
  type AbortedBy,
  type Ending,
  type RunEvent,
  type RunState,
  type RunStateKind,
} from './run-state.ts';
export { ScenarioFaults, runDigest } from './scenario-faults.ts';
export { schedulesOf, type ScenarioSchedule } from './schedules.ts';
export { nextTimes, type Cron } from './schedule-times.ts';
export { readTally, secondOf } from './tally-readings.ts';
export { judgeChecks, verdictOf, type Evidence, type Verdict } from './verdict.ts';
