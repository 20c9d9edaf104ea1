import './sentences.ts';

export { asPosted, type AsPosted } from './as-posted.ts';
export {
  campaign,
  campaignDocument,
  campaignPage,
  validation,
  type Campaign,
  type CampaignDocument,
  type CampaignPage,
  type ParsedCampaign,
  type Validation,
} from './campaign.ts';
export { campaignSpecOf } from './campaign-spec-of.ts';
export { problemIssues } from './issues.ts';
export { runJob, scheduleJob, segmentJob, type RunJob, type ScheduleJob, type SegmentJob } from './job.ts';
export { isSchema, jsonSchemaOf, type JsonSchema } from './json-schema.ts';
export { pageQuery, type Page, type PageQuery } from './page.ts';
export {
  PROBLEMS,
  problem,
  problemIssue,
  type Problem,
  type ProblemCode,
  type ProblemIssue,
} from './problem.ts';
export { duration, rate } from './quantity.ts';
export { pathId, resourceId, type ResourceKind } from './resource.ts';
export {
  abortRequest,
  checkResult,
  faultResult,
  guardrailResult,
  newRun,
  reportQuery,
  run,
  runPage,
  runState,
  runSummary,
  runVerdict,
  type AbortRequest,
  type CheckResult,
  type FaultResult,
  type NewRun,
  type ReportQuery,
  type Run,
  type RunState,
  type RunSummary,
  type RunVerdict,
} from './run.ts';
export { runEvent, lastEventId, type RunEvent, type StoredRunEvent } from './run-event.ts';
export { leverChange, safetyLever, type LeverChange, type SafetyLever } from './safety-lever.ts';
export {
  firing,
  newSchedule,
  nextInstants,
  nextQuery,
  schedule,
  schedulePage,
  type Firing,
  type NewSchedule,
  type NextQuery,
  type Schedule,
} from './schedule.ts';
export {
  newTarget,
  target,
  targetPage,
  type NewTarget,
  type NewTargetDocument,
  type Target,
} from './target.ts';
