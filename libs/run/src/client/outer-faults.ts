import type { RunPlan } from '#libs/campaign';
import { Pool, type AllowAddress } from '#libs/client';
import { invariant, type Clock } from '#libs/kernel';
import type { ClosableFaults } from './closable-faults.ts';
import { ANSWER_MS, SupervisedFaults } from './supervised-faults.ts';

export interface OuterFaultsOptions {
  /** Of the target's supervisor, http; needed where the plan has faults of the target. */
  readonly controlUrl: URL | undefined;
  /** What the supervisor asks of those who may crash its target. Default: nothing. */
  readonly token?: string | undefined;
  /** Asked of every address at every dial. Default: all are allowed. */
  readonly allowAddress?: AllowAddress | undefined;
  readonly clock: Clock;
}

const NOTHING = async (): Promise<void> => Promise.resolve();
const NO_OUTER_FAULTS: ClosableFaults = {
  apply: NOTHING,
  remove: NOTHING,
  removeAll: NOTHING,
  close: NOTHING,
};

/** Whoever carries out those faults of a plan that are not the client's. Nobody is asked where there are none. */
export function outerFaultsOf({ faults }: RunPlan, options: OuterFaultsOptions): ClosableFaults {
  if (!faults.some(({ where }) => where === 'target')) return NO_OUTER_FAULTS;
  const { controlUrl, token, allowAddress, clock } = options;
  invariant(controlUrl !== undefined, 'a plan with faults of the target was made for one with a controlUrl');
  // One for a crash while the end of another is awaited.
  const poolOptions = { maxConnections: 2, connectTimeoutMs: ANSWER_MS };
  const pool = new Pool(controlUrl.origin, poolOptions, { clock, allowAddress });
  return new SupervisedFaults({ controlUrl, token, pool, clock });
}
