import { numberOption } from '#libs/kernel';
import type { RunPhase } from '#libs/stats';

const LONGEST_MS = 86_400_000;

/** How long the phases around the stages are. */
export interface PhaseOptions {
  /** Before t = 0, at the rate or concurrency that the stages begin with. Default 0, range 0 to 86,400,000. */
  readonly baselineMs?: number | undefined;
  /** After the last stage, at its rate or concurrency. Default 0, range 0 to 86,400,000. */
  readonly recoveryMs?: number | undefined;
}

/** When the phases of a load begin and end: milliseconds from t = 0, which is the end of the baseline. */
export class Timeline {
  readonly startMs: number;
  readonly stagesEndMs: number;
  readonly endMs: number;

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when an option is out of range */
  constructor(stagesMs: number, { baselineMs = 0, recoveryMs = 0 }: PhaseOptions) {
    // Written so that a load without a baseline begins at 0 and not at −0.
    this.startMs = 0 - numberOption('baselineMs', baselineMs, 0, LONGEST_MS);
    this.stagesEndMs = stagesMs;
    this.endMs = stagesMs + numberOption('recoveryMs', recoveryMs, 0, LONGEST_MS);
  }

  /** The phase that a request belongs to, by its intended start. */
  phaseAt(offsetMs: number): RunPhase {
    if (offsetMs < 0) return 'baseline';
    return offsetMs < this.stagesEndMs ? 'stages' : 'recovery';
  }
}
