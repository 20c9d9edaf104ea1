import { ScenarioFaults, type CampaignSpec, type ScenarioSchedule } from '#libs/campaign';
import { PASS, type Verdict } from '#libs/faults';
import type { Clock } from '#libs/kernel';

/**
 * Says what each attempt of one scenario's requests meets. An open scenario's requests are judged by their intended
 * start, so that the plan comes to the same; a closed one's by when they did start. Outside of the stages nothing is met.
 */
export class StageFaults {
  readonly asksConnections: boolean;
  readonly #faults: ScenarioFaults;
  readonly #scenario: ScenarioSchedule;
  readonly #t0AtMs: number;
  readonly #clock: Clock;
  /** When closed requests under way started, from t = 0. */
  readonly #startsMs = new Map<number, number>();

  constructor(
    { faults, target }: Pick<CampaignSpec, 'faults' | 'target'>,
    seed: number,
    scenario: ScenarioSchedule,
    t0AtMs: number,
    clock: Clock,
  ) {
    const { name, request } = scenario.scenario;
    this.#faults = new ScenarioFaults(faults, seed, { name, request, target });
    this.asksConnections = this.#faults.asksConnections;
    this.#scenario = scenario;
    this.#t0AtMs = t0AtMs;
    this.#clock = clock;
  }

  /** @param attempt from 1; the first is asked about when the request starts */
  decide(requestSeq: number, attempt: number): Verdict {
    const startMs = this.#startMs(requestSeq);
    return this.#isInStages(requestSeq, startMs) ? this.#faults.decide(requestSeq, attempt, startMs) : PASS;
  }

  /** @param connectionId counts the connections of this scenario's client, from 1 */
  decideOnConnection(connectionId: number, requestSeq: number): Verdict {
    const startMs = this.#startMs(requestSeq);
    if (!this.#isInStages(requestSeq, startMs)) return PASS;
    return this.#faults.decideOnConnection(connectionId, requestSeq, startMs);
  }

  /** The request is over. */
  forget(requestSeq: number): void {
    this.#startsMs.delete(requestSeq);
  }

  #isInStages(requestSeq: number, startMs: number): boolean {
    return requestSeq >= 0 && startMs < this.#scenario.schedule.timeline.stagesEndMs;
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
