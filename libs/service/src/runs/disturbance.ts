import type { PlannedFault, RunPlan } from '#libs/campaign';
import type { Clock } from '#libs/kernel';
import type { DrillPlan, DrillReport } from '#libs/kube';
import { disturb, messageOf, type FaultChange, type OuterFaults } from '#libs/run';
import type { Acts } from './acts.ts';
import type { RunDrill } from './run-world.ts';

export interface DisturbanceOrder {
  readonly plan: RunPlan;
  /** When t = 0 is, on `clock`. */
  readonly t0AtMs: number;
  readonly faults: OuterFaults;
  readonly drill: { readonly tool: RunDrill; readonly plan: DrillPlan } | undefined;
  readonly acts: Acts;
  readonly clock: Clock;
  /** Hears of faults that are applied now, removed, or could not be. */
  readonly onFault: (change: FaultChange) => void;
  readonly onDrill: (report: DrillReport) => void;
}

const DRILL = 'the drill';

/** What is done to the target while a run goes on. */
export class Disturbance {
  readonly #controller = new AbortController();
  readonly #order: DisturbanceOrder;
  readonly #over: Promise<void>;
  /** Why it could not be done. */
  failure: string | undefined;
  /** What became of the drill, once it is over. */
  drillReport: DrillReport | undefined;

  /** Begins it. */
  constructor(order: DisturbanceOrder) {
    this.#order = order;
    this.#over = this.#run().catch((error: unknown) => {
      this.failure = messageOf(error);
    });
  }

  /** Begins nothing more. Resolves when what was under way is done. */
  end(): Promise<void> {
    this.#controller.abort();
    return this.#over;
  }

  #run(): Promise<void> {
    const { plan, t0AtMs, faults, drill, acts, clock, onFault } = this.#order;
    const once: OuterFaults = {
      apply: async (fault) => acts.once(nameOfFault(fault), async () => this.#apply(fault)),
      remove: async (fault) => faults.remove(fault),
      removeAll: async () => faults.removeAll(),
    };
    const act = drill && (async () => acts.once(DRILL, async () => this.#drill(drill)));
    return disturb(plan, { clock, faults: once, drill: act }, t0AtMs, this.#controller.signal, (change) => {
      // Who applies a fault tells of it: an owner that finds it applied has nothing to tell.
      if (change.change !== 'applied') onFault(change);
    });
  }

  async #apply(fault: PlannedFault): Promise<void> {
    await this.#order.faults.apply(fault);
    this.#order.onFault({ faultId: fault.id, change: 'applied' });
  }

  async #drill({ tool, plan }: NonNullable<DisturbanceOrder['drill']>): Promise<void> {
    this.drillReport = await tool.act(plan, this.#controller.signal);
    this.#order.onDrill(this.drillReport);
  }
}

/** The acts that a run shall have done in the end. */
export function actsOf({ faults, drill }: RunPlan): string[] {
  const names = faults.filter(({ where }) => where !== 'client').map(nameOfFault);
  return drill ? [...names, DRILL] : names;
}

function nameOfFault({ id }: PlannedFault): string {
  return `the fault ${id}`;
}
