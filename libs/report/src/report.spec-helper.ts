import type { CheckResult, RunPlan } from '#libs/campaign';
import { RunTally } from '#libs/stats';
import type { ReportSource } from './report-model.ts';

const plan: RunPlan = {
  campaign: 'survives',
  target: 'local',
  seed: 42,
  segments: 1,
  phases: { baselineMs: 0, stagesMs: 10_000, recoveryMs: 0, mayEndEarly: false },
  scenarios: [{ name: 'health', model: 'open', stageArrivals: [2], arrivals: 2 }],
  faults: [{ id: 'resets', type: 'reset', where: 'client', startMs: 0, endMs: 10_000, expectedHits: 1 }],
  drill: undefined,
  peak: { ratePerSecond: 0.2, concurrency: 0 },
  limits: { ratePerSecond: 10, concurrency: 10, durationMs: undefined, pods: undefined },
  openInFlight: 10,
  digest: '0123456789abcdef',
  replay: 'full',
};

export const passed: CheckResult = {
  check: 'latency.p99 < 200ms',
  state: 'pass',
  actual: 12.5,
  bound: 200,
  unit: 'ms',
  samples: 2,
  margin: 187.5,
  reason: undefined,
};

export const failed: CheckResult = {
  check: 'surfaced.rate <= 1%',
  state: 'fail',
  actual: 0.5,
  bound: 0.01,
  unit: 'ratio',
  samples: 2,
  margin: -0.49,
  reason: undefined,
};

export const inconclusive: CheckResult = {
  ...passed,
  state: 'inconclusive',
  reason: 'fewer than 100 finished requests',
};

/** A completed run of two requests, one of them failed. */
export function source(changes: Partial<ReportSource> = {}): ReportSource {
  const tally = new RunTally();
  const ok = { isOk: true, attempts: 1, retries: 0, latencyMs: 10, sendLatencyMs: 10, failures: [] };
  tally.phases.stages.add({ ...ok, outcome: 'first-try', cell: 'none/first-try' });
  tally.phases.stages.add({
    ...ok,
    isOk: false,
    outcome: 'surfaced',
    cell: 'injected/surfaced',
    failures: ['PLR_RESET'],
  });
  return {
    id: 'run_1',
    state: { kind: 'completed', sinceMs: 9, isDryRun: false, isRecovered: true },
    verdict: 'pass',
    startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    endedAtMs: undefined,
    plan,
    tally,
    checks: [passed],
    guardrails: [{ guardrail: 'failed.rate > 90%', trippedBy: undefined, unit: 'ratio' }],
    faultEffects: new Map([['resets', { hits: 3, detectedMs: 12, recoveredMs: null }]]),
    ...changes,
  };
}
