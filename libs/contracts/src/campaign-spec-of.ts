import type { CampaignSpec, FaultSpec, ScenarioSpec } from '#libs/campaign';
import type { ParsedCampaign } from './campaign.ts';

/** The campaign in the terms of those who plan and judge it. */
export function campaignSpecOf(document: ParsedCampaign): CampaignSpec {
  const { policies, phases, drill, blastRadius } = document;
  const { breaker } = policies;
  return {
    name: document.name,
    target: document.target,
    seed: document.seed,
    policies: {
      pool: policies.pool,
      retry: policies.retry,
      breaker: breaker && { failureRate: breaker.failureRate, openMs: breaker.open },
      timeoutMs: policies.timeout,
      deadlineMs: policies.deadline,
    },
    phases: { baselineMs: phases.baseline, recoveryMs: phases.recovery },
    scenarios: document.scenarios.map(scenarioSpecOf),
    faults: document.faults.map(faultSpecOf),
    drill: drill && { ...drillOf(drill), atMs: drill.at },
    checks: document.checks,
    guardrails: document.guardrails,
    blastRadius: {
      maxRatePerSecond: blastRadius.maxRate,
      maxConcurrency: blastRadius.maxConcurrency,
      maxDurationMs: blastRadius.maxDuration,
      maxPods: blastRadius.maxPods,
    },
  };
}

function scenarioSpecOf(scenario: ParsedCampaign['scenarios'][number]): ScenarioSpec {
  if (scenario.model === 'open') {
    const { startRate, stages, ...rest } = scenario;
    return {
      ...rest,
      startRatePerSecond: startRate,
      stages: stages.map((stage) => ({ durationMs: stage.duration, ratePerSecond: stage.target })),
    };
  }
  const { duration, ...rest } = scenario;
  return { ...rest, durationMs: duration };
}

function faultSpecOf({ magnitude, start, duration, ...rest }: ParsedCampaign['faults'][number]): FaultSpec {
  return {
    ...rest,
    magnitude: magnitude === undefined ? undefined : String(magnitude),
    startMs: start,
    durationMs: duration,
  };
}

function drillOf({ at: _, ...rest }: NonNullable<ParsedCampaign['drill']>) {
  return rest;
}
