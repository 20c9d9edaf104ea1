import type { FaultSpec, PlannedFault } from '#libs/campaign';
import type { OuterFaults } from '#libs/run';
import type { ControlClient } from './control-client.ts';

/** How much longer than its window a fault lives where nobody comes to remove it. */
const GRACE_MS = 10_000;
/** A target that stands still by one of its faults answers later: its supervisor waits 12 s for it. */
const ANSWER_MS = 15_000;

/**
 * Faults of the target's own process, through its supervisor: `POST /faults` and `DELETE /faults`. Each has a time to live, so
 * that it ends soon after its window whatever becomes of the run.
 */
export class TargetFaults implements OuterFaults {
  readonly #control: ControlClient;
  readonly #specs: readonly FaultSpec[];

  /** @param specs those of the campaign that are of this kind */
  constructor(control: ControlClient, specs: readonly FaultSpec[]) {
    this.#control = control;
    this.#specs = specs;
  }

  async apply({ id, startMs, endMs }: PlannedFault): Promise<void> {
    const spec = this.#specs.find((one) => one.id === id);
    if (!spec) return;
    const { type, magnitude, probability, every, burst, match = {} } = spec;
    const query = new URLSearchParams({ id, type, ttl: `${endMs - startMs + GRACE_MS}ms` });
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
    for (const { id } of this.#specs) await this.remove({ id });
  }
}
