import { systemRng, type Rng } from '#libs/kernel';
import type { ResourceKind } from '#libs/contracts';
import { newId } from '../redis/new-id.ts';

/** Time of day and chance, for what the services make. */
export interface ServiceSeams {
  readonly wallNowMs: () => number;
  readonly rng: Rng;
}

export const systemSeams: ServiceSeams = { wallNowMs: Date.now, rng: systemRng };

/** An id and the instant it is of. */
export function freshId(
  kind: ResourceKind,
  { wallNowMs, rng }: ServiceSeams,
): { id: string; createdAt: string } {
  const nowMs = wallNowMs();
  return { id: newId(kind, nowMs, rng), createdAt: new Date(nowMs).toISOString() };
}
