import type { RunPlan, RunState } from '#libs/campaign';
import type { CampaignDocument, Run, Target } from '#libs/contracts';
import type { ReportModel } from '#libs/report';
import { drillView, type DrillRecord } from './drill-record.ts';

/** All that is kept of a run. Written by its owner only: see `Runs`. */
export interface RunRecord {
  readonly id: string;
  readonly campaignId: string;
  readonly scheduleId?: string | undefined;
  readonly createdAtMs: number;
  /** As they were when the run was made; changing either later does not touch it. */
  readonly document: CampaignDocument;
  readonly target: Target;
  readonly plan: RunPlan;
  readonly dryRun: boolean;
  readonly reason?: string | undefined;
  readonly state: RunState;
  /** t = 0 by the clock of Redis, once it is known. */
  readonly t0Ms?: number | undefined;
  /** Once it has ended. */
  readonly report?: ReportModel | undefined;
  /** What is known of the drill. */
  readonly drill?: DrillRecord | undefined;
}

/** A run as the world sees it. */
export function runView(record: RunRecord): Run {
  const { plan, state, report } = record;
  const isOver = state.kind === 'completed' || state.kind === 'aborted' || state.kind === 'errored';
  return {
    id: record.id,
    campaignId: record.campaignId,
    campaignName: record.document.name,
    target: record.target.name,
    createdAt: isoOf(record.createdAtMs),
    startedAt: record.t0Ms === undefined ? undefined : isoOf(record.t0Ms),
    endedAt: isOver ? isoOf(state.sinceMs) : undefined,
    state: state.kind,
    verdict: report?.verdict ?? 'pending',
    seed: plan.seed,
    dryRun: record.dryRun,
    digest: plan.digest,
    replay: plan.replay,
    reason: record.reason,
    abortedBy: state.kind === 'aborted' ? state.abort.by : undefined,
    error: state.kind === 'errored' ? state.message : undefined,
    scheduleId: record.scheduleId,
    plan: { ...plan },
    summary: report?.summary ?? null,
    checks: [...(report?.checks ?? [])],
    guardrails: [...(report?.guardrails ?? [])],
    faults: [...(report?.faults ?? plan.faults)],
    drill: record.drill && drillView(record.drill),
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
