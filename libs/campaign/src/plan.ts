import type { CampaignSpec, DrillSpec, FaultPlace, FaultSpec } from './campaign-spec.ts';
import { forecastOf, isFullReplay, type Forecast } from './forecast.ts';
import { limitsOf, refusalsOf, type Refusal, type RunLimits, type TargetLimits } from './refusal.ts';
import { runDigest } from './scenario-faults.ts';
import { schedulesOf, type ScenarioSchedule } from './schedules.ts';
import { concurrencyOf, peakRateOf, stagesMsOf } from './timeline.ts';

/** All that a run will do, as far as it can be known before. Plain data, kept with the run. */
export interface RunPlan {
  readonly campaign: string;
  readonly target: string;
  readonly seed: number;
  /** Into how many parts the load is split. Segment i takes the arrivals whose requestSeq leaves i when divided. */
  readonly segments: number;
  readonly phases: PlannedPhases;
  readonly scenarios: readonly PlannedScenario[];
  readonly faults: readonly PlannedFault[];
  readonly drill: DrillSpec | undefined;
  /** The highest that the campaign asks for. */
  readonly peak: { readonly ratePerSecond: number; readonly concurrency: number };
  readonly limits: RunLimits;
  /** Requests in flight that the open scenarios share: what the closed ones leave of the limit. */
  readonly openInFlight: number;
  /** Of the fault verdicts on the first attempts of all requests of the stages that are known before: see `runDigest`. */
  readonly digest: string;
  /**
   * `full` when another run with this seed meets exactly the same faults: only faults of single requests, and nothing
   * that hangs on the time that answers take.
   */
  readonly replay: 'full' | 'partial';
}

export interface PlannedPhases {
  readonly baselineMs: number;
  /** The stages end at the latest at this time from t = 0. */
  readonly stagesMs: number;
  readonly recoveryMs: number;
  /** Whether the stages may end earlier, since every scenario is bounded by its requests. */
  readonly mayEndEarly: boolean;
}

export type PlannedScenario =
  | {
      readonly name: string;
      readonly model: 'open';
      /** Arrivals of each stage. */
      readonly stageArrivals: readonly number[];
      /** Arrivals of all stages together, numbered from 0. */
      readonly arrivals: number;
    }
  | {
      readonly name: string;
      readonly model: 'closed';
      readonly concurrency: number;
      readonly requests: number | undefined;
      readonly durationMs: number;
    };

export interface PlannedFault {
  readonly id: string;
  readonly type: FaultSpec['type'];
  readonly where: FaultPlace;
  readonly startMs: number;
  readonly endMs: number;
  /** First attempts that it will strike; `undefined` where that hangs on the answers, or is not drawn by request. */
  readonly expectedHits: number | undefined;
}

/** What is decided when a run is made, and not in its campaign. */
export interface PlanOptions {
  /** An integer from 0 to 2^53 − 1. */
  readonly seed: number;
  /** Parts of the load, from 1. */
  readonly segments: number;
}

export type PlanResult =
  | { readonly kind: 'planned'; readonly plan: RunPlan }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

/**
 * Plans a run of a campaign that `checkCampaign` finds nothing wrong with, or says all that forbids it. Sends nothing and
 * draws nothing but the verdicts that the run will draw again, so that a dry run shows the same digest.
 */
export function planRun(
  spec: CampaignSpec,
  target: TargetLimits,
  { seed, segments }: PlanOptions,
): PlanResult {
  const refusals = refusalsOf(spec, target);
  if (refusals.length > 0) return { kind: 'refused', refusals };
  const { scenarios } = spec;
  const schedules = schedulesOf(spec);
  const forecasts = schedules.map((schedule) => forecastOf(schedule, spec, seed));
  const limits = limitsOf(target, spec.blastRadius);
  const concurrency = concurrencyOf(scenarios);
  const plan: RunPlan = {
    campaign: spec.name,
    target: spec.target,
    seed,
    segments,
    phases: {
      ...spec.phases,
      stagesMs: stagesMsOf(scenarios),
      mayEndEarly: scenarios.every(
        (scenario) => scenario.model === 'closed' && scenario.requests !== undefined,
      ),
    },
    scenarios: schedules.map(planScenario),
    faults: spec.faults.map((fault) => planFault(fault, stagesMsOf(scenarios), forecasts)),
    drill: spec.drill,
    peak: { ratePerSecond: peakRateOf(scenarios), concurrency },
    limits,
    openInFlight: limits.concurrency - concurrency,
    digest: runDigest(forecasts),
    replay: isFullReplay(spec) ? 'full' : 'partial',
  };
  return { kind: 'planned', plan };
}

function planScenario({ scenario, model, schedule }: ScenarioSchedule): PlannedScenario {
  const { name } = scenario;
  if (model === 'closed') {
    const { concurrency, requests } = scenario;
    return { name, model, concurrency, requests, durationMs: schedule.timeline.stagesEndMs };
  }
  let untilMs = 0;
  let counted = 0;
  const stageArrivals = scenario.stages.map(({ durationMs }) => {
    untilMs += durationMs;
    const before = counted;
    counted = schedule.count(untilMs);
    return counted - before;
  });
  return { name, model, stageArrivals, arrivals: counted };
}

function planFault(fault: FaultSpec, stagesMs: number, forecasts: readonly Forecast[]): PlannedFault {
  const { id, type, where, startMs = 0, durationMs = stagesMs - startMs } = fault;
  return {
    id,
    type,
    where,
    startMs,
    endMs: startMs + durationMs,
    expectedHits: expectedHitsOf(fault, forecasts),
  };
}

function expectedHitsOf({ id, where, scope }: FaultSpec, forecasts: readonly Forecast[]): number | undefined {
  if (where !== 'client' || scope === 'connection') return undefined;
  let sum = 0;
  for (const { hits } of forecasts) {
    if (hits === undefined) return undefined;
    sum += hits.get(id) ?? 0;
  }
  return sum;
}
