import type { ScenarioSchedule } from '#libs/campaign';
import type { Segment } from '#libs/load';
import type { RunTally, SecondWindows } from '#libs/stats';
import type { FaultSightings } from './fault-sightings.ts';

/** What one segment sends of one scenario. */
export interface ScenarioShare {
  readonly scenario: ScenarioSchedule;
  readonly segment: Segment;
  /** When t = 0 is, on the load's clock. */
  readonly t0AtMs: number;
  /** Nothing that was due before this time from t = 0 is sent; −Infinity sends all. */
  readonly fromMs: number;
  /** Requests in flight at most; those of a closed scenario are its workers. */
  readonly maxInFlight: number;
  /** How long what is in flight may go on after the last start; it has been cut before. */
  readonly drainMs: number;
  /**
   * Asked right before each request: whether the share is still ours. A process that was stopped for a while goes on with
   * what was due meanwhile before any event can tell it that it was given up.
   */
  readonly maySend: () => boolean;
}

/** Where a load counts what it sends. */
export interface LoadCounts {
  readonly tally: RunTally;
  readonly seconds: SecondWindows;
  readonly faults: FaultSightings;
}

/** One scenario being sent. */
export interface ScenarioLoad {
  /** Requests under way. */
  readonly inFlight: number;
  /** When the first arrival that it has not seen to is due, from t = 0; Infinity when there is none, as in the closed model. */
  readonly nextDueMs: number;
  /** Sends it; resolves when its last request is over. Rejects by a bug only. */
  run(): Promise<void>;
  /** Starts nothing more; what is in flight goes on. */
  stop(): void;
  /** Starts nothing more and ends what is in flight. Called at the end of every load, perhaps twice. */
  cut(): void;
}

/** How requests get on the wire: the seam between a run and the client. */
export interface Load {
  /** Gets one scenario ready. It sends the requests of the stages with their faults, all others without. */
  begin(share: ScenarioShare, counts: LoadCounts): ScenarioLoad;
}
