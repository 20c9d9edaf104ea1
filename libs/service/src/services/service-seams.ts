import { systemRng, type Rng } from '#libs/kernel';
import type { ResourceKind } from '#libs/contracts';
import { newId } from '../redis/new-id.ts';

/** Time of day and chance, for what the services make. */
export interface ServiceSeams {
  readonly wallNowMs: () => number;
  /** For ids: see `rising`. */
  readonly idMs: () => number;
  readonly rng: Rng;
}

export const systemSeams: ServiceSeams = { wallNowMs: Date.now, idMs: rising(Date.now), rng: systemRng };

/** A time that is later at every look, so that of two ids of one process the later one sorts higher. */
export function rising(nowMs: () => number): () => number {
  let lastMs = -Infinity;
  return () => (lastMs = Math.max(nowMs(), lastMs + 1));
}

/** An id and the instant it is of. */
export function freshId(kind: ResourceKind, { idMs, rng }: ServiceSeams): { id: string; createdAt: string } {
  const nowMs = idMs();
  return { id: newId(kind, nowMs, rng), createdAt: new Date(nowMs).toISOString() };
}
