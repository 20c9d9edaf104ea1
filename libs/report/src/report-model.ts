import type {
  CheckResult,
  FaultEffect,
  MetricUnit,
  PlannedFault,
  RunPlan,
  RunState,
  Verdict,
} from '#libs/campaign';
import type { RunPhase, RunTally } from '#libs/stats';
import { summaryOf, type RunSummary } from './run-summary.ts';

/** All that a report says, whatever its format. Plain data. */
export interface ReportModel {
  readonly id: string;
  readonly campaign: string;
  readonly target: string;
  readonly state: RunState['kind'];
  readonly verdict: Verdict;
  /** Who aborted the run and why, or what of ours failed, in one sentence. */
  readonly reason: string | undefined;
  /** t = 0, the end of the baseline; ISO 8601 in UTC. */
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly isDryRun: boolean;
  readonly seed: number;
  readonly digest: string;
  readonly replay: 'full' | 'partial';
  /** Baseline, stages and recovery together. */
  readonly summary: RunSummary;
  readonly phases: Readonly<Record<RunPhase, RunSummary>>;
  readonly checks: readonly CheckResult[];
  readonly guardrails: readonly GuardrailResult[];
  readonly faults: readonly FaultResult[];
}

export interface GuardrailResult {
  /** As it was written. */
  readonly guardrail: string;
  /** The value that tripped it, in `unit`; `undefined` when none did. */
  readonly trippedBy: number | undefined;
  readonly unit: MetricUnit;
}

export interface FaultResult extends PlannedFault, FaultEffect {}

/** What a report is made of. */
export interface ReportSource {
  readonly id: string;
  readonly state: RunState;
  readonly verdict: Verdict;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly plan: RunPlan;
  readonly tally: RunTally;
  readonly checks: readonly CheckResult[];
  readonly guardrails: readonly GuardrailResult[];
  /** What came of each fault, by its id. */
  readonly faultEffects: ReadonlyMap<string, FaultEffect>;
}

const UNSEEN: FaultEffect = { hits: undefined, detectedMs: null, recoveredMs: null };

export function reportOf(source: ReportSource): ReportModel {
  const { id, state, verdict, plan, tally, checks, guardrails, faultEffects } = source;
  const { baseline, stages, recovery } = tally.phases;
  return {
    id,
    campaign: plan.campaign,
    target: plan.target,
    state: state.kind,
    verdict,
    reason: reasonOf(state),
    startedAt: instantOf(source.startedAtMs),
    endedAt: instantOf(source.endedAtMs),
    isDryRun: state.kind === 'completed' && state.isDryRun,
    seed: plan.seed,
    digest: plan.digest,
    replay: plan.replay,
    summary: summaryOf(tally.total()),
    phases: {
      baseline: summaryOf(baseline),
      stages: summaryOf(stages),
      recovery: summaryOf(recovery),
    },
    checks,
    guardrails,
    faults: plan.faults.map((fault) => ({ ...fault, ...(faultEffects.get(fault.id) ?? UNSEEN) })),
  };
}

function reasonOf(state: RunState): string | undefined {
  switch (state.kind) {
    case 'aborted':
      return `aborted by ${state.abort.by}: ${state.abort.reason}`;
    case 'errored':
      return state.message;
    case 'completed':
      return state.isRecovered ? undefined : 'the target did not answer after the run';
    case 'queued':
    case 'preparing':
    case 'baseline':
    case 'running':
    case 'draining':
    case 'recovering':
      return undefined;
  }
}

function instantOf(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}
