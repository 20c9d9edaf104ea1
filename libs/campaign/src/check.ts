import type { Condition } from './condition.ts';
import { boundOf, compares } from './condition.ts';
import { NO_READING, unitOf, type MetricUnit, type ReadRun, type Reading, type RunSecond } from './metric.ts';

/** What became of a check. */
export interface CheckResult {
  /** The check as it was written. */
  readonly check: string;
  readonly state: 'pass' | 'fail' | 'inconclusive';
  /** The measured value in `unit`; with `for`, that of the worst window. */
  readonly actual: number | undefined;
  /** The bound in `unit`, a multiple of the baseline worked out. */
  readonly bound: number | undefined;
  readonly unit: MetricUnit;
  /** Finished requests that `actual` stands on. */
  readonly samples: number;
  /** How far `actual` is from the bound, in `unit`: above 0 on the right side of it. */
  readonly margin: number | undefined;
  /** Why it is inconclusive. */
  readonly reason: string | undefined;
}

/**
 * A condition that a run must meet. Too few samples are inconclusive, never a pass. With `for`, every full window of
 * that length in its phase counts, one beginning each second; so it must be fed every second of the run, in order.
 */
export class Check {
  readonly condition: Condition;
  #secondsInPhase = 0;
  /** Of the windows with enough samples the one nearest to failing, or furthest in it. */
  #worst: Reading | undefined;
  /** A window with too few samples. */
  #doubtful: Reading | undefined;

  constructor(condition: Condition) {
    this.condition = condition;
  }

  /** Looks at the window that ends with `second`. Does nothing for a check without `for`. */
  feed(second: RunSecond): void {
    const { metric, phase, forMs, minSamples } = this.condition;
    if (forMs === undefined) return;
    this.#secondsInPhase = phase === undefined || phase === second.phase ? this.#secondsInPhase + 1 : 0;
    const seconds = forMs / 1_000;
    if (this.#secondsInPhase < seconds) return;
    const window = second.read(metric, seconds);
    if (window.value === undefined || window.samples < minSamples) this.#doubtful = window;
    else if (this.#isWorst(window.value)) this.#worst = window;
  }

  /** Judges the run, once it is over. */
  judge(read: ReadRun): CheckResult {
    const { metric, phase, operator, forMs, minSamples } = this.condition;
    const bound = boundOf(this.condition, read);
    if (bound === undefined) return this.#result(NO_READING, bound, 'too few requests in the baseline');
    const reading = forMs === undefined ? read(metric, phase) : (this.#worst ?? this.#doubtful);
    if (reading === undefined) return this.#result(NO_READING, bound, `no full window of ${forMs} ms`);
    const hasFailed = reading.value !== undefined && !compares(reading.value, operator, bound);
    const isDoubtful = reading.samples < minSamples || (this.#doubtful !== undefined && !hasFailed);
    return this.#result(reading, bound, isDoubtful ? this.#doubt() : undefined);
  }

  #isWorst(value: number): boolean {
    if (this.#worst?.value === undefined) return true;
    return isUpperBound(this.condition) ? value > this.#worst.value : value < this.#worst.value;
  }

  #doubt(): string {
    const { minSamples, forMs } = this.condition;
    const where = forMs === undefined ? '' : ` in a window of ${forMs} ms`;
    return `fewer than ${minSamples} finished requests${where}`;
  }

  #result(reading: Reading, bound: number | undefined, reason: string | undefined): CheckResult {
    const { text: check, metric, operator } = this.condition;
    const { value: actual, samples } = reading;
    const facts = { check, actual, bound, unit: unitOf(metric), samples, reason };
    if (actual === undefined || bound === undefined)
      return { ...facts, state: 'inconclusive', margin: undefined };
    const margin = isUpperBound(this.condition) ? bound - actual : actual - bound;
    if (reason !== undefined) return { ...facts, state: 'inconclusive', margin };
    return { ...facts, state: compares(actual, operator, bound) ? 'pass' : 'fail', margin };
  }
}

function isUpperBound({ operator }: Condition): boolean {
  return operator === '<' || operator === '<=';
}
