import type { CampaignSpec, ClosedScenario, FaultSpec, OpenScenario } from './campaign-spec.ts';
import type { TargetLimits } from './refusal.ts';

const request = { method: 'GET', path: '/health' };

/** An open scenario: 100 requests a second for ten seconds. */
export const open: OpenScenario = {
  name: 'open',
  model: 'open',
  stages: [{ durationMs: 10_000, ratePerSecond: 100 }],
  request,
};

/** A closed scenario without an end. */
export const closed: ClosedScenario = { name: 'closed', model: 'closed', concurrency: 5, request };

export const resets: FaultSpec = { id: 'resets', type: 'reset', where: 'client', probability: 0.1 };

export function campaign(changes: Partial<CampaignSpec> = {}): CampaignSpec {
  return {
    name: 'survives',
    target: 'local',
    policies: { timeoutMs: 1_000, deadlineMs: 10_000 },
    phases: { baselineMs: 5_000, recoveryMs: 5_000 },
    scenarios: [open],
    faults: [],
    checks: [],
    guardrails: [],
    ...changes,
  };
}

/** A target that allows everything. */
export const target: TargetLimits = {
  maxRatePerSecond: 1_000,
  maxConcurrency: 200,
  faults: true,
  drills: true,
  hasControlUrl: true,
  hasProxy: true,
};
