import type { Clock } from '#libs/kernel';
import type { Claim, Runs } from '../repositories/runs.ts';

/** An act follows the question whether it may be done within this time, or not at all. */
const ANSWER_HOLDS_MS = 2_000;

/**
 * What a run does to the target itself, each thing once, whoever owns the run by then. Redis is asked right before: an
 * owner that was replaced meanwhile (its process stood still, or could not reach Redis) does nothing more.
 */
export class Acts {
  readonly #runs: Pick<Runs, 'beginAct' | 'endAct'>;
  readonly #claim: Claim;
  readonly #clock: Clock;

  constructor(runs: Pick<Runs, 'beginAct' | 'endAct'>, claim: Claim, clock: Clock) {
    this.#runs = runs;
    this.#claim = claim;
    this.#clock = clock;
  }

  /** Does it, unless it has been done. Rejects when nobody can know whether it was: its owner ended in the midst of it. */
  async once(name: string, act: () => Promise<void>): Promise<void> {
    const askedAtMs = this.#clock.nowMs();
    const before = await this.#runs.beginAct(this.#claim, name);
    if (before === 'done') return;
    if (before === 'begun') throw new Error(`${name}: the worker that began it ended before it was done`);
    if (this.#clock.nowMs() - askedAtMs > ANSWER_HOLDS_MS)
      throw new Error(`${name}: Redis answered too late`);
    await act();
    await this.#runs.endAct(this.#claim, name);
  }
}
