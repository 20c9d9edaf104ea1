import { PhaseTally, type PhaseSnapshot } from './phase-tally.ts';
import { RUN_PHASES, type RunPhase } from './run-phase.ts';

/** A run's tally as plain JSON. */
export type RunSnapshot = Readonly<Record<RunPhase, PhaseSnapshot>>;

/** What one run has counted, or one segment of it, by phase. Segments merged are as one segment that did it all. */
export class RunTally {
  readonly phases: Readonly<Record<RunPhase, PhaseTally>> = {
    baseline: new PhaseTally(),
    stages: new PhaseTally(),
    recovery: new PhaseTally(),
  };

  /** All phases together: what a run's summary and its unscoped checks speak of. */
  total(): PhaseTally {
    const total = new PhaseTally();
    for (const phase of RUN_PHASES) total.merge(this.phases[phase]);
    return total;
  }

  snapshot(): RunSnapshot {
    const { baseline, stages, recovery } = this.phases;
    return { baseline: baseline.snapshot(), stages: stages.snapshot(), recovery: recovery.snapshot() };
  }

  /** Adds what another segment has counted. */
  merge(other: RunSnapshot): void {
    for (const phase of RUN_PHASES) this.phases[phase].merge(other[phase]);
  }
}
