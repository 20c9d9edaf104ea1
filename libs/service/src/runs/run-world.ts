import type { CampaignSpec, RunPlan } from '#libs/campaign';
import type { Target } from '#libs/contracts';
import type { DrillPlan, DrillPreview, DrillReport } from '#libs/kube';
import type { Canary, Load, OuterFaults } from '#libs/run';

/** A run, for those who reach out into the world for it. */
export interface RunOrder {
  readonly runId: string;
  readonly spec: CampaignSpec;
  readonly target: Target;
  readonly plan: RunPlan;
}

/** The drill of one run. */
export interface RunDrill {
  /** Which pods it may take away now. Changes nothing. */
  preview(): Promise<DrillPreview>;
  /** Chooses the victims for good. Changes nothing. */
  plan(): Promise<DrillPlan>;
  /** Takes them away and follows them until each is replaced, or `signal` fires. */
  act(plan: DrillPlan, signal: AbortSignal): Promise<DrillReport>;
}

/** What one run needs of the world. */
export interface RunTools {
  readonly load: Load;
  readonly faults: OuterFaults;
  readonly canary: Canary;
  readonly drill?: RunDrill | undefined;
  /** Gives back what it holds. */
  close(): Promise<void>;
}

/** The way from the queues to the target. */
export interface RunWorld {
  /** Rejects with a `RunRefusedError` when the run cannot be had at all, for example without one of its secrets. */
  toolsFor(order: RunOrder): Promise<RunTools>;
}
