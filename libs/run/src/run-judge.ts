import {
  Check,
  Guardrail,
  generatorOf,
  judgeChecks,
  parseCondition,
  readTally,
  verdictOf,
  type CampaignSpec,
  type CheckResult,
  type FaultEffect,
  type MetricUnit,
  type ReadRun,
  type RunPlan,
  type RunSecond,
  type RunState,
  type Verdict,
} from '#libs/campaign';
import type { PhaseCounts, RunTally } from '#libs/stats';
import type { FaultSighting } from './fault-sightings.ts';
import { FaultWatch } from './fault-watch.ts';
import { RunLedger, type SegmentPart } from './run-ledger.ts';

/** What became of a guardrail. */
export interface GuardrailOutcome {
  /** As it was written. */
  readonly guardrail: string;
  /** The value that tripped it; `undefined` when none did. */
  readonly trippedBy: number | undefined;
  /** Of that value. */
  readonly unit: MetricUnit;
}

/** What is to be said of a run that has ended. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
  readonly guardrails: readonly GuardrailOutcome[];
  readonly tally: RunTally;
  /** What came of each fault, by its id. */
  readonly faultEffects: ReadonlyMap<string, FaultEffect>;
}

/**
 * Looks at what the segments of a run count, second by second, and says in the end what it was worth. Checks with `for`,
 * guardrails and recoveries from faults know only the seconds that this judge has seen.
 */
export class RunJudge {
  readonly #checks: readonly Check[];
  readonly #guardrails: readonly Guardrail[];
  readonly #trippedBy = new Map<Guardrail, number>();
  readonly #faults: readonly FaultWatch[];
  readonly #ledger: RunLedger;
  readonly #readNow: ReadRun = (metric, phase) => readTally(this.#ledger.tally())(metric, phase);

  constructor({ checks, guardrails }: CampaignSpec, plan: RunPlan) {
    this.#checks = checks.map((text) => new Check(parseCondition(text)));
    this.#guardrails = guardrails.map((text) => new Guardrail(parseCondition(text, 'guardrail')));
    this.#faults = plan.faults.map((fault) => new FaultWatch(fault));
    this.#ledger = new RunLedger(plan, Math.max(1, ...this.#checks.map(windowSecondsOf)));
  }

  /** To be called about once a second. Returns the guardrail that has tripped, once. */
  watch(parts: readonly SegmentPart[]): GuardrailOutcome | undefined {
    for (const part of parts) this.#ledger.add(part);
    const sightings = this.#sightings();
    let tripped: GuardrailOutcome | undefined;
    for (let second = this.#ledger.takeSecond(); second; second = this.#ledger.takeSecond()) {
      for (const check of this.#checks) check.feed(second);
      this.#feedFaults(second.number, sightings);
      tripped ??= this.#feedGuardrails(second);
    }
    return tripped;
  }

  /** The counts of the whole run so far. */
  counts(): Readonly<PhaseCounts> {
    return this.#ledger.counts();
  }

  /** @param state the run's last */
  judge(state: RunState): Judgement {
    const tally = this.#ledger.tally();
    const generator = generatorOf(tally);
    const sightings = this.#sightings();
    this.#feedFaults(this.#ledger.nextSecond, sightings);
    const isDryRun = state.kind === 'completed' && state.isDryRun;
    const checks = isDryRun ? [] : judgeChecks(this.#checks, readTally(tally), generator);
    return {
      verdict: verdictOf(state, { checks, requests: this.counts().requests, generator }),
      checks,
      guardrails: this.#guardrails.map((guardrail) => this.#outcomeOf(guardrail)),
      tally,
      faultEffects: new Map(
        this.#faults.map((watch) => [watch.fault.id, watch.effect(sightings.get(watch.fault.id))]),
      ),
    };
  }

  #sightings(): ReadonlyMap<string, FaultSighting> {
    return this.#faults.length === 0 ? new Map() : this.#ledger.sightings();
  }

  #feedFaults(second: number, sightings: ReadonlyMap<string, FaultSighting>): void {
    const tenths = this.#ledger.tenths(second);
    for (const watch of this.#faults) watch.feed(second, tenths, sightings.get(watch.fault.id));
  }

  #feedGuardrails(second: RunSecond): GuardrailOutcome | undefined {
    let first: GuardrailOutcome | undefined;
    for (const guardrail of this.#guardrails) {
      const trippedBy = guardrail.feed(second, this.#readNow);
      if (trippedBy === undefined || this.#trippedBy.has(guardrail)) continue;
      this.#trippedBy.set(guardrail, trippedBy);
      first ??= this.#outcomeOf(guardrail);
    }
    return first;
  }

  #outcomeOf(guardrail: Guardrail): GuardrailOutcome {
    const { text, metric } = guardrail.condition;
    const unit = metric.startsWith('latency.') ? 'ms' : 'ratio';
    return { guardrail: text, trippedBy: this.#trippedBy.get(guardrail), unit };
  }
}

function windowSecondsOf({ condition }: Check): number {
  return (condition.forMs ?? 0) / 1_000;
}
