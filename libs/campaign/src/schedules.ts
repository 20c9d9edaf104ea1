import { ArrivalSchedule, ClosedSchedule } from '#libs/load';
import type { CampaignSpec, ClosedScenario, OpenScenario } from './campaign-spec.ts';
import { ownLengthMs, stagesMsOf } from './timeline.ts';

/** When a scenario sends its requests. */
export type ScenarioSchedule =
  | { readonly scenario: OpenScenario; readonly model: 'open'; readonly schedule: ArrivalSchedule }
  | { readonly scenario: ClosedScenario; readonly model: 'closed'; readonly schedule: ClosedSchedule };

/**
 * The schedules of a campaign's scenarios, in the order of the document. Only those that last to the end of the stages
 * go on in the recovery; one that ends earlier is over then.
 */
export function schedulesOf({ scenarios, phases }: CampaignSpec): ScenarioSchedule[] {
  const stagesMs = stagesMsOf(scenarios);
  return scenarios.map((scenario) => {
    const lengthMs = ownLengthMs(scenario) ?? stagesMs;
    const { baselineMs } = phases;
    const recoveryMs = lengthMs === stagesMs ? phases.recoveryMs : 0;
    if (scenario.model === 'closed') {
      const { concurrency, requests } = scenario;
      const options = { concurrency, durationMs: lengthMs, requests, baselineMs, recoveryMs };
      return { scenario, model: 'closed', schedule: new ClosedSchedule(options) };
    }
    const { startRatePerSecond: startPerSecond } = scenario;
    const stages = scenario.stages.map(({ durationMs, ratePerSecond }) => ({
      durationMs,
      targetPerSecond: ratePerSecond,
    }));
    const options = { stages, startPerSecond, baselineMs, recoveryMs };
    return { scenario, model: 'open', schedule: new ArrivalSchedule(options) };
  });
}
