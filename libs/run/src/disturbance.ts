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

interface Act {
  readonly atMs: number;
  do(): Promise<void>;
}

/**
 * Does at their times what the plan does to the target itself. Resolves when the last is done, or `signal` fires and
 * what was under way is done; rejects when one could not be done. Acts whose time has passed are an earlier owner's.
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
  const nowMs = clock.nowMs() - t0AtMs;
  const acts = plan.faults
    .filter(({ where }) => where !== 'client')
    .flatMap((fault): Act[] => [
      { atMs: fault.startMs, do: async () => change(fault, 'applied', faults.apply(fault), onChange) },
      { atMs: fault.endMs, do: async () => change(fault, 'removed', faults.remove(fault), onChange) },
    ]);
  if (plan.drill && drill) acts.push({ atMs: plan.drill.atMs, do: drill });
  await Promise.all(
    acts
      .filter(({ atMs }) => atMs >= nowMs)
      .map(async (act) => {
        await waitUntil(clock, t0AtMs + act.atMs, signal);
        if (!signal.aborted) await act.do();
      }),
  );
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
