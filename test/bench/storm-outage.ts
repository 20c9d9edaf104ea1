import { setTimeout as wait } from 'node:timers/promises';
import type { StormTarget } from '../drills/storm-target.ts';

/** In which way everything fails: nobody listens, or whoever does answers 503. */
export type OutageKind = 'refused' | '503';

/** Fails everything; resolves when it does so no more. A process that was killed takes its time to start on top. */
export async function failFor(target: StormTarget, kind: OutageKind, outageMs: number): Promise<void> {
  if (kind === 'refused') return target.crash(outageMs);
  await faults(target, 'POST', '?type=status&magnitude=503&ttl=60s');
  await wait(outageMs);
  await faults(target, 'DELETE', '');
}

async function faults({ controlUrl }: StormTarget, method: string, query: string): Promise<void> {
  const { ok, status } = await fetch(`${controlUrl}/faults${query}`, { method });
  if (!ok) throw new Error(`the target's control server answered ${status}`);
}
