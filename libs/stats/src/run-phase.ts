/**
 * A part of a run. `baseline` comes before t = 0 and has no faults; `stages` is the load with its faults; `recovery`
 * keeps the last rate without them.
 */
export type RunPhase = 'baseline' | 'stages' | 'recovery';

/** In the order of time. */
export const RUN_PHASES: readonly RunPhase[] = ['baseline', 'stages', 'recovery'];
