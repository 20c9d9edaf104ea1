import type { LeverChange, SafetyLever } from '#libs/contracts';
import type { Lever } from '../repositories/lever.ts';
import type { Runs } from '../repositories/runs.ts';
import { LEVER_ORDER } from '../runs/abort-order.ts';
import type { RunService } from './run-service.ts';
import type { ServiceSeams } from './service-seams.ts';

/** The one lever that stops everything. */
export class LeverService {
  readonly #lever: Lever;
  readonly #runs: Runs;
  readonly #runService: RunService;
  readonly #seams: ServiceSeams;

  constructor(lever: Lever, runs: Runs, runService: RunService, seams: ServiceSeams) {
    this.#lever = lever;
    this.#runs = runs;
    this.#runService = runService;
    this.#seams = seams;
  }

  get(): Promise<SafetyLever> {
    return this.#lever.get();
  }

  /**
   * Engaging it refuses new runs from now on, and then aborts those under way: a run is made either before, and aborted,
   * or after, and refused. Workers see the lever themselves, should this process end in between.
   */
  async set({ state, reason }: LeverChange, changedBy: string): Promise<SafetyLever> {
    const changedAt = new Date(this.#seams.wallNowMs()).toISOString();
    const lever: SafetyLever = { state, reason, changedAt, changedBy };
    await this.#lever.set(lever);
    if (state === 'disengaged') return lever;
    const order = { ...LEVER_ORDER, reason };
    for (const id of await this.#runs.active()) {
      // A dry run sends nothing, and is allowed while the lever is engaged.
      const record = await this.#runs.get(id);
      if (record && !record.dryRun) await this.#runService.order(id, order);
    }
    return lever;
  }
}
