import { ScenarioFaults, type FaultSpec, type ScenarioSchedule } from '#libs/campaign';
import { PASS, type Verdict } from '#libs/faults';
import type { Clock } from '#libs/kernel';

/**
 * Says what each attempt of one scenario's requests meets. An open scenario's requests are judged by their intended
 * start, so that the plan comes to the same; a closed one's by when they did start. Outside of the stages nothing is met.
 */
export class StageFaults {
  readonly #faults: ScenarioFaults;
  readonly #scenario: ScenarioSchedule;
  readonly #t0AtMs: number;
  readonly #clock: Clock;
  /** When closed requests under way started, from t = 0. */
  readonly #startsMs = new Map<number, number>();

  constructor(
    faults: readonly FaultSpec[],
    seed: number,
    scenario: ScenarioSchedule,
    t0AtMs: number,
    clock: Clock,
  ) {
    this.#faults = new ScenarioFaults(faults, seed, scenario.scenario.name);
    this.#scenario = scenario;
    this.#t0AtMs = t0AtMs;
    this.#clock = clock;
  }

  /** @param attempt from 1; the first is asked about when the request starts */
  decide(requestSeq: number, attempt: number): Verdict {
    const startMs = this.#startMs(requestSeq);
    const isInStages = requestSeq >= 0 && startMs < this.#scenario.schedule.timeline.stagesEndMs;
    return isInStages ? this.#faults.decide(requestSeq, attempt, startMs) : PASS;
  }

  /** The request is over. */
  forget(requestSeq: number): void {
    this.#startsMs.delete(requestSeq);
  }

  #startMs(requestSeq: number): number {
    if (this.#scenario.model === 'open') return this.#scenario.schedule.offsetMs(requestSeq);
    const known = this.#startsMs.get(requestSeq);
    if (known !== undefined) return known;
    const startMs = this.#clock.nowMs() - this.#t0AtMs;
    this.#startsMs.set(requestSeq, startMs);
    return startMs;
  }
}
