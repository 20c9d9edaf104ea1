import type { DrillPlan, DrillPreview, DrillReport, Moment, VictimRecovery, VictimReport } from '#libs/kube';

/** What is kept of a run's drill. Plain data. */
export type DrillRecord =
  /** Of a dry run: nothing was chosen, and nothing done. */
  | { readonly kind: 'previewed'; readonly preview: DrillPreview }
  | { readonly kind: 'planned'; readonly plan: DrillPlan }
  | {
      readonly kind: 'over';
      readonly plan: DrillPlan;
      readonly report: DrillReport;
      readonly recoveries: readonly VictimRecovery[];
      /** When t = 0 was, on the clock of report and recoveries. */
      readonly t0AtMs: number;
    };

/** A drill as the world sees it. Times that end in `Ms` are milliseconds from t = 0 of the run. */
export function drillView(record: DrillRecord): Record<string, unknown> {
  switch (record.kind) {
    case 'previewed': {
      const { candidates, excluded, budgets } = record.preview;
      return {
        candidates: candidates.map(victimView),
        excluded: excluded.map(({ pod, reason }) => ({ pod: pod.name, reason })),
        budgets,
      };
    }
    case 'planned': {
      const { victims, spec } = record.plan;
      return { action: spec.action, victims: victims.map(victimView) };
    }
    case 'over': {
      const { plan, report, recoveries, t0AtMs } = record;
      const byUid = new Map(recoveries.map((recovery) => [recovery.uid, recovery]));
      return {
        action: plan.spec.action,
        victims: report.victims.map((victim) => endedVictimView(victim, byUid.get(victim.uid), t0AtMs)),
        watchError: report.watchError,
      };
    }
  }
}

function victimView({ pod, workload }: DrillPlan['victims'][number]): Record<string, unknown> {
  return { pod: pod.name, uid: pod.uid, workload: `${workload.kind}/${workload.name}` };
}

function endedVictimView(
  { pod, uid, workload, finding, terminating, deleted, replacement }: VictimReport,
  recovery: VictimRecovery | undefined,
  t0AtMs: number,
): Record<string, unknown> {
  const runMs = (atMs: number | undefined): number | undefined =>
    atMs === undefined ? undefined : Math.round(atMs - t0AtMs);
  const momentView = (moment: Moment | undefined): Record<string, unknown> | undefined =>
    moment && {
      objectAt:
        moment.objectAtEpochMs === undefined ? undefined : new Date(moment.objectAtEpochMs).toISOString(),
      seenMs: runMs(moment.seenAtMs),
    };
  const { recoveredAfterReadyMs } = recovery ?? {};
  return {
    pod,
    uid,
    workload,
    finding: finding.kind,
    reason: 'reason' in finding ? finding.reason : undefined,
    actedMs: finding.kind === 'accepted' ? runMs(finding.atMs) : undefined,
    terminating: momentView(terminating),
    deleted: momentView(deleted),
    replacement: replacement && { pod: replacement.pod, ready: momentView(replacement.ready) },
    firstAffectedMs: runMs(recovery?.firstAffectedAtMs),
    detectedMs: runMs(recovery?.detectedAtMs),
    recoveredMs: runMs(recovery?.recoveredAtMs),
    recoveredAfterReadyMs:
      recoveredAfterReadyMs === undefined ? undefined : Math.round(recoveredAfterReadyMs),
  };
}
