import { boundOf, compares, type Condition } from './condition.ts';
import type { ReadRun, RunSecond } from './metric.ts';

/**
 * A condition that ends the run when it has been true for its `for` without a break; without `for`, one second is
 * enough. A second with too few samples says nothing: it neither breaks nor completes the time.
 */
export class Guardrail {
  readonly condition: Condition;
  /** Number of the second since which it has been true. */
  #trueSince: number | undefined;

  constructor(condition: Condition) {
    this.condition = condition;
  }

  /**
   * Looks at each second of the run, in order, and returns the value that tripped the guardrail; `undefined` as long as
   * none has.
   *
   * @param read for what the metric was in the baseline, where the bound hangs on it
   */
  feed(second: RunSecond, read: ReadRun): number | undefined {
    const { metric, operator, phase, forMs = 1_000, minSamples } = this.condition;
    if (phase !== undefined && phase !== second.phase) {
      this.#trueSince = undefined;
      return undefined;
    }
    const { value, samples } = second.read(metric, 1);
    const bound = boundOf(this.condition, read);
    if (value === undefined || samples < minSamples || bound === undefined) return undefined;
    if (!compares(value, operator, bound)) {
      this.#trueSince = undefined;
      return undefined;
    }
    this.#trueSince ??= second.number;
    return (second.number + 1 - this.#trueSince) * 1_000 >= forMs ? value : undefined;
  }
}
