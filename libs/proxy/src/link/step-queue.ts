import type { Step } from './step.ts';

/** What a held step counts in addition to its bytes: many tiny pieces take room too. */
const STEP_BYTES = 256;

/** Taken steps are cut off only when there are this many: shifting an array costs its length. */
const COMPACT_AT = 1_024;

/** Steps in the order in which they leave, with what they weigh. */
export class StepQueue {
  #steps: Step[] = [];
  #taken = 0;
  #heldBytes = 0;

  get length(): number {
    return this.#steps.length - this.#taken;
  }

  /** What is held, and what it costs to hold it. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** When the first may leave; `Infinity` when there is none. */
  get dueAtMs(): number {
    return this.#steps[this.#taken]?.dueAtMs ?? Infinity;
  }

  /** Adds a step, which leaves no earlier than the one before it: nothing overtakes within a stream. */
  push(step: Step): void {
    const earliestMs = this.length > 0 ? (this.#steps.at(-1)?.dueAtMs ?? 0) : 0;
    this.#steps.push(step.dueAtMs >= earliestMs ? step : { ...step, dueAtMs: earliestMs });
    this.#heldBytes += weightOf(step);
  }

  shift(): Step | undefined {
    const step = this.#steps[this.#taken];
    if (!step) return undefined;
    this.#taken += 1;
    this.#heldBytes -= weightOf(step);
    if (this.#taken === this.#steps.length) {
      this.#steps = [];
      this.#taken = 0;
    } else if (this.#taken === COMPACT_AT) {
      this.#steps = this.#steps.slice(COMPACT_AT);
      this.#taken = 0;
    }
    return step;
  }

  clear(): void {
    this.#steps = [];
    this.#taken = 0;
    this.#heldBytes = 0;
  }
}

function weightOf(step: Step): number {
  return STEP_BYTES + (step.kind === 'end' ? 0 : step.bytes.length);
}
