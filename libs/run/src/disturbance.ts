import type { PlannedFault, RunPlan } from '#libs/campaign';
import type { Clock } from '#libs/kernel';
import { waitUntil } from './wait-until.ts';

/** Faults that others carry out for us: the target's supervisor, the proxy. */
export interface OuterFaults {
  /** Resolves when the fault is in force. */
  apply(fault: PlannedFault): Promise<void>;
  /** Removes one whose time is over. */
  remove(fault: PlannedFault): Promise<void>;
  /** Removes all that there may be, also those that somebody else has applied for the run. */
  removeAll(): Promise<void>;
}

/** Acts on the pods of the target. What it finds is its own to report; it rejects when it could not act at all. */
export type ActOfDrill = () => Promise<void>;

/** Something that was done to the target, or could not be. */
export interface FaultChange {
  readonly faultId: string;
  readonly change: 'applied' | 'removed' | 'failed';
}

/**
 * Does at their times what the plan does to the target itself, and at once what is overdue: whoever takes a run over from
 * another sees to it that nothing is done twice. Resolves when the last is done, or `signal` fires and what was under way
 * is done; rejects when one could not be done.
 *
 * What is left in force is for `OuterFaults.removeAll`.
 */
export async function disturb(
  plan: RunPlan,
  world: { readonly clock: Clock; readonly faults: OuterFaults; readonly drill?: ActOfDrill | undefined },
  t0AtMs: number,
  signal: AbortSignal,
  onChange: (change: FaultChange) => void,
): Promise<void> {
  const { clock, faults, drill } = world;
  const at = async (runMs: number, act: () => Promise<void>): Promise<void> => {
    await waitUntil(clock, t0AtMs + runMs, signal);
    if (!signal.aborted) await act();
  };
  const acts = plan.faults
    .filter(({ where }) => where !== 'client')
    .map(async (fault) => {
      await at(fault.startMs, async () => change(fault, 'applied', faults.apply(fault), onChange));
      await at(fault.endMs, async () => change(fault, 'removed', faults.remove(fault), onChange));
    });
  if (plan.drill && drill) acts.push(at(plan.drill.atMs, drill));
  await Promise.all(acts);
}

async function change(
  { id: faultId }: PlannedFault,
  kind: 'applied' | 'removed',
  doing: Promise<void>,
  onChange: (change: FaultChange) => void,
): Promise<void> {
  try {
    await doing;
  } catch (cause) {
    onChange({ faultId, change: 'failed' });
    throw new Error(`the fault ${faultId} could not be ${kind}`, { cause });
  }
  onChange({ faultId, change: kind });
}
