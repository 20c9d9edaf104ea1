import type { Verdict } from '#libs/faults';
import type { CampaignSpec } from './campaign-spec.ts';
import { knownStarts } from './forecast.ts';
import { ScenarioFaults } from './scenario-faults.ts';
import { schedulesOf } from './schedules.ts';

/** What is known before of one request of a scenario. */
export type ExplainedRequest =
  | {
      readonly kind: 'known';
      readonly scenario: string;
      /** From t = 0, as intended; `undefined` in a closed scenario, where no fault looks at it. */
      readonly startMs: number | undefined;
      /** By attempt. */
      readonly verdicts: readonly Verdict[];
    }
  /** The scenario sends fewer in its stages. */
  | { readonly kind: 'never-sent'; readonly scenario: string; readonly requests: number }
  /** The answers decide when it starts, or whether it does, and a fault looks at that. */
  | { readonly kind: 'unknown'; readonly scenario: string };

/**
 * Says what the request with this number meets in each scenario, as the plan and the run draw it. Faults drawn for
 * connections are not told: which connection carries a request is not known before.
 *
 * @param requestSeq from 0 at t = 0
 * @param attempts how many to tell of, from the first
 */
export function explainRequest(
  spec: CampaignSpec,
  seed: number,
  requestSeq: number,
  attempts: number,
): ExplainedRequest[] {
  return schedulesOf(spec).map((schedule) => {
    const { name: scenario, request } = schedule.scenario;
    const starts = knownStarts(schedule, spec.faults);
    if (starts === undefined) return { kind: 'unknown', scenario };
    if (requestSeq >= starts.count) return { kind: 'never-sent', scenario, requests: starts.count };
    const faults = new ScenarioFaults(spec.faults, seed, { name: scenario, request, target: spec.target });
    const startMs = starts.startMs(requestSeq);
    const verdicts = Array.from({ length: attempts }, (_, index) =>
      faults.decide(requestSeq, index + 1, startMs),
    );
    return { kind: 'known', scenario, startMs: schedule.model === 'open' ? startMs : undefined, verdicts };
  });
}
