import type { FaultSpec, PlannedFault } from '#libs/campaign';
import type { OuterFaults } from '#libs/run';
import { allDone } from './all-done.ts';
import type { ControlClient } from './control-client.ts';
import { timeToLiveMs } from './time-to-live.ts';

/** A target that stands still by one of its faults answers later: its supervisor waits 12 s for it. */
const ANSWER_MS = 15_000;

/**
 * Faults of the target's own process, through its supervisor: `POST /faults` and `DELETE /faults`. Each has a time to live.
 */
export class TargetFaults implements OuterFaults {
  readonly #control: ControlClient;
  readonly #specs: readonly FaultSpec[];

  /** @param specs those of the campaign that are of this kind */
  constructor(control: ControlClient, specs: readonly FaultSpec[]) {
    this.#control = control;
    this.#specs = specs;
  }

  async apply(fault: PlannedFault): Promise<void> {
    const { id } = fault;
    const spec = this.#specs.find((one) => one.id === id);
    if (!spec) return;
    const { type, magnitude, probability, every, burst, match = {} } = spec;
    const query = new URLSearchParams({ id, type, ttl: `${timeToLiveMs(fault)}ms` });
    const fields = { magnitude, probability, every, first: burst, ...match };
    for (const [name, value] of Object.entries(fields))
      if (value !== undefined) query.set(name, String(value));
    await this.#control.demand('POST', `/faults?${query.toString()}`, [201], { withinMs: ANSWER_MS });
  }

  async remove({ id }: Pick<PlannedFault, 'id'>): Promise<void> {
    // Also where it has ended by itself.
    await this.#control.demand('DELETE', `/faults?id=${encodeURIComponent(id)}`, [200], {
      withinMs: ANSWER_MS,
    });
  }

  async removeAll(): Promise<void> {
    await allDone(this.#specs.map(async (spec) => this.remove(spec)));
  }
}
