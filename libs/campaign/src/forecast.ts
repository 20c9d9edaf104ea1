import { VerdictDigest } from '#libs/faults';
import type { CampaignSpec, ClosedScenario, FaultSpec } from './campaign-spec.ts';
import { isTimed, ScenarioFaults } from './scenario-faults.ts';
import type { ScenarioSchedule } from './schedules.ts';

/** What the faults of the client will do to one scenario. */
export interface Forecast {
  readonly name: string;
  /** Of the verdicts on the first attempts of all requests that are known before; of none where `hits` is undefined. */
  readonly digest: string;
  /** First attempts that each fault will strike; `undefined` where that hangs on how long the answers take. */
  readonly hits: ReadonlyMap<string, number> | undefined;
}

/** Draws the verdicts that a run will draw again. */
export function forecastOf(
  schedule: ScenarioSchedule,
  { faults, target }: Pick<CampaignSpec, 'faults' | 'target'>,
  seed: number,
): Forecast {
  const { name, request } = schedule.scenario;
  const digest = new VerdictDigest();
  const starts = knownStarts(schedule, faults);
  if (starts === undefined) return { name, digest: digest.hex(), hits: undefined };
  const verdicts = new ScenarioFaults(faults, seed, { name, request, target });
  const hits = new Map<string, number>();
  for (let requestSeq = 0; requestSeq < starts.count; requestSeq += 1) {
    const verdict = verdicts.decide(requestSeq, 1, starts.startMs(requestSeq));
    digest.add(requestSeq, verdict);
    if (verdict.kind !== 'pass') hits.set(verdict.faultId, (hits.get(verdict.faultId) ?? 0) + 1);
  }
  return { name, digest: digest.hex(), hits };
}

/**
 * Whether another run with the same seed meets exactly the same faults: there are only faults of single requests, and
 * none hangs on the time that answers take. A crash cuts whatever connections there are, so it is not of one request.
 */
export function isFullReplay({ scenarios, faults, drill }: CampaignSpec): boolean {
  return (
    drill === undefined &&
    faults.every(isOfOneRequest) &&
    scenarios.every((scenario) => scenario.model === 'open' || isKnownBefore(scenario, faults))
  );
}

function isOfOneRequest({ where, type, scope = 'request' }: FaultSpec): boolean {
  return where === 'client' && type !== 'crash' && scope === 'request';
}

export interface Starts {
  /** Of the stages. */
  readonly count: number;
  startMs(requestSeq: number): number;
}

/** When the requests of the stages start, as far as that is known before. */
export function knownStarts(
  { scenario, model, schedule }: ScenarioSchedule,
  faults: readonly FaultSpec[],
): Starts | undefined {
  if (model === 'open') {
    return {
      count: schedule.count(schedule.timeline.stagesEndMs),
      startMs: (requestSeq) => schedule.offsetMs(requestSeq),
    };
  }
  // Without a fault that goes by time, any time will do.
  return isKnownBefore(scenario, faults) ? { count: schedule.requests, startMs: () => 0 } : undefined;
}

/**
 * In the closed model the answers decide when requests start. So only their number may end it, and no fault know time.
 * A target so slow that the stages end first meets a beginning of what was forecast.
 */
function isKnownBefore({ requests, durationMs }: ClosedScenario, faults: readonly FaultSpec[]): boolean {
  return (
    requests !== undefined &&
    durationMs === undefined &&
    !faults.some((fault) => fault.where === 'client' && isTimed(fault))
  );
}
