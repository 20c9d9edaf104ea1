import type { CampaignSpec, RunPlan } from '#libs/campaign';
import type { Target } from '#libs/contracts';
import type { ActOfDrill, Canary, Load, OuterFaults } from '#libs/run';

/** A run, for those who reach out into the world for it. */
export interface RunOrder {
  readonly runId: string;
  readonly spec: CampaignSpec;
  readonly target: Target;
  readonly plan: RunPlan;
}

/** What one run needs of the world. */
export interface RunTools {
  readonly load: Load;
  readonly faults: OuterFaults;
  readonly canary: Canary;
  readonly drill?: ActOfDrill | undefined;
  /** Gives back what it holds. */
  close(): Promise<void>;
}

/** The way from the queues to the target. */
export interface RunWorld {
  /** Rejects when the run cannot be had at all, for example without one of its secrets. */
  toolsFor(order: RunOrder): Promise<RunTools>;
}
