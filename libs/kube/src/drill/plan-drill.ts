import { type Rng, invalidArgument } from '#libs/kernel';

import type { DrillSpec } from './drill-spec.ts';
import type { Candidate, DrillPreview } from './preview-drill.ts';

/** A drill whose victims are chosen for good. */
export interface DrillPlan {
  readonly spec: DrillSpec;
  /** In the order in which they will be taken away. */
  readonly victims: readonly Candidate[];
}

/**
 * Draws the victims. The same pods and the same `rng` give the same victims, in whatever order the pods were listed.
 *
 * Throws `PLR_INVALID_ARGUMENT` when nothing could be drawn, or when the mode may take more than `maxPods` pods:
 * whether a drill is within its limit does not hang on the draw.
 */
export function planDrill(preview: DrillPreview, spec: DrillSpec, maxPods: number, rng: Rng): DrillPlan {
  const { candidates, excluded } = preview;
  const most = mostVictims(spec, candidates.length);
  if (most === 0) {
    const found = `got ${candidates.length} candidates and ${excluded.length} excluded pods`;
    throw invalidArgument('drill', `mode ${spec.mode}: ${found}`, 'able to take at least 1 pod away');
  }
  if (most > maxPods) {
    throw invalidArgument('drill', `up to ${most} pods`, `within blastRadius.maxPods, ${maxPods}`);
  }
  const count = spec.mode === 'random-max-percent' ? Math.floor(rng.next() * (most + 1)) : most;
  return { spec, victims: draw(candidates, count, rng) };
}

function mostVictims({ mode, value = 0 }: DrillSpec, candidates: number): number {
  switch (mode) {
    case 'one':
      return Math.min(1, candidates);
    case 'all':
      return candidates;
    case 'fixed':
      return Math.min(value, candidates);
    case 'fixed-percent':
    case 'random-max-percent':
      return Math.floor((candidates * value) / 100);
  }
}

/** `count` of `items` in random order: the first steps of a shuffle (Fisher and Yates; Durstenfeld 1964). */
function draw<Item>(items: readonly Item[], count: number, rng: Rng): readonly Item[] {
  const rest = [...items];
  return Array.from({ length: count }, () => rest.splice(Math.floor(rng.next() * rest.length), 1)).flat();
}
