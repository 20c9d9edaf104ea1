import { secondOf, type RunPlan, type RunSecond } from '#libs/campaign';
import {
  PhaseTally,
  RUN_PHASES,
  RunTally,
  SecondWindows,
  type PhaseCounts,
  type RunPhase,
  type Tenths,
} from '#libs/stats';
import { joined, type FaultSighting } from './fault-sightings.ts';
import { COUNTED_SECONDS, type SegmentCount } from './segment-run.ts';

/** What one owner of a segment has counted. A segment that was taken over has several, one after another. */
export interface SegmentPart extends SegmentCount {
  readonly segment: number;
  /** Grows with each owner of the segment. */
  readonly epoch: number;
}

/** A second is judged without the segments that are this far behind: their workers may be gone. */
const MAX_BEHIND_MS = 2_000;

interface Entry {
  readonly part: SegmentPart;
  /** The number of the last second that was merged. */
  readonly mergedSecond: number;
}

/**
 * All that the segments of a run have counted. A part may be shown twice, or an older one never: each replaces the one
 * before. What several owners of one segment have counted is added up.
 */
export class RunLedger {
  readonly #plan: RunPlan;
  readonly #seconds: SecondWindows;
  readonly #entries = new Map<string, Entry>();
  /** The number of the second that is judged next. */
  #nextSecond: number;

  /** @param windowSeconds how many seconds a `RunSecond` must be able to look back */
  constructor(plan: RunPlan, windowSeconds: number) {
    this.#plan = plan;
    this.#seconds = new SecondWindows(
      Math.min(3_600, windowSeconds + MAX_BEHIND_MS / 1_000 + COUNTED_SECONDS),
    );
    this.#nextSecond = Math.ceil(-plan.phases.baselineMs / 1_000);
  }

  add(part: SegmentPart): void {
    const key = `${part.segment}/${part.epoch}`;
    let mergedSecond = this.#entries.get(key)?.mergedSecond ?? -Infinity;
    for (const second of part.seconds) {
      if (second.second <= mergedSecond) continue;
      this.#seconds.merge(second);
      mergedSecond = second.second;
    }
    this.#entries.set(key, { part, mergedSecond });
  }

  /** Takes the next full second that all segments have counted, or that those still at work have left behind. */
  takeSecond(): RunSecond | undefined {
    const number = this.#nextSecond;
    const endMs = (number + 1) * 1_000;
    const owners = this.#presentOwners();
    const newestMs = Math.max(...owners.map((part) => part?.untilMs ?? -Infinity));
    // A second in which the load ended is no full one.
    if (newestMs < endMs) return undefined;
    const isCounted = owners.every((part) => part && (part.untilMs >= endMs || part.stage === 'over'));
    if (!isCounted && newestMs < endMs + MAX_BEHIND_MS) return undefined;
    this.#nextSecond += 1;
    return secondOf(this.#seconds, number, this.#phaseOf(number));
  }

  /** The plain counts of the whole run so far. */
  counts(): PhaseCounts {
    const sum = new PhaseTally().counts;
    for (const { part } of this.#entries.values()) {
      for (const phase of RUN_PHASES) addInto(sum, part.tally[phase].counts);
    }
    return sum;
  }

  tally(): RunTally {
    const tally = new RunTally();
    for (const { part } of this.#entries.values()) tally.merge(part.tally);
    return tally;
  }

  /** The number of the second that is taken next, or of the last, which was no full one. */
  get nextSecond(): number {
    return this.#nextSecond;
  }

  /** What became of the requests of a second that was just taken, or is next; `undefined` where no part has shown it. */
  tenths(second: number): Readonly<Tenths> | undefined {
    return this.#seconds.tenths(second);
  }

  /** What all have seen of the run's faults, by their ids. */
  sightings(): Map<string, FaultSighting> {
    const sightings = new Map<string, FaultSighting>();
    for (const { part } of this.#entries.values()) {
      for (const [id, seen] of Object.entries(part.faults))
        sightings.set(id, joined(sightings.get(id), seen));
    }
    return sightings;
  }

  /** What the last owner of each segment has counted. */
  #presentOwners(): Array<SegmentPart | undefined> {
    const owners: Array<SegmentPart | undefined> = Array.from(
      { length: this.#plan.segments },
      () => undefined,
    );
    for (const { part } of this.#entries.values()) {
      if (part.epoch >= (owners[part.segment]?.epoch ?? -Infinity)) owners[part.segment] = part;
    }
    return owners;
  }

  #phaseOf(second: number): RunPhase {
    if (second < 0) return 'baseline';
    return second * 1_000 < this.#plan.phases.stagesMs ? 'stages' : 'recovery';
  }
}

function addInto<Name extends string>(
  sum: Record<Name, number>,
  counts: Readonly<Record<Name, number>>,
): void {
  for (const name in counts) sum[name] += counts[name];
}
