import { invariant } from '#libs/kernel';
import { channels, type RequestRecord } from '#libs/records';
import { sampleOf, type RunTally, type SecondWindows } from '#libs/stats';
import type { ArrivalSchedule, Timeline } from '#libs/load';
import type { ArrivalListener } from './open-load.ts';

/** What a meter listens to, and where it counts. */
export interface LoadMeterOptions {
  /** The name of the client that sends the load: its records are counted, and no other's. */
  readonly client: string;
  readonly timeline: Timeline;
  /** In the open model: what was intended. Without it, each request was intended for when it started. */
  readonly schedule?: ArrivalSchedule | undefined;
  /** When t = 0 is, on the client's clock. */
  readonly t0AtMs: number;
  readonly tally: RunTally;
  readonly seconds: SecondWindows;
}

/**
 * Counts one load by what its client publishes, from its making to `stop`. A request belongs to the phase of its intended
 * start and to the second of its end.
 */
export class LoadMeter implements ArrivalListener {
  readonly #options: LoadMeterOptions;
  readonly #unsubscribes: ReadonlyArray<() => void>;

  constructor(options: LoadMeterOptions) {
    this.#options = options;
    const { client, timeline, t0AtMs, tally } = options;
    this.#unsubscribes = [
      channels.request.subscribe((record) => {
        if (record.client === client) this.#count(record);
      }),
      channels.breaker.subscribe((record) => {
        if (record.client !== client || record.to !== 'open') return;
        tally.phases[timeline.phaseAt(record.atMs - t0AtMs)].counts.circuitOpens += 1;
      }),
    ];
  }

  onSent(seq: number, lagMs: number): void {
    const { tally, timeline } = this.#options;
    tally.phases[timeline.phaseAt(this.#dueMs(seq))].addArrival(lagMs);
  }

  onMissed(seq: number): void {
    const { tally, timeline, seconds } = this.#options;
    const dueMs = this.#dueMs(seq);
    tally.phases[timeline.phaseAt(dueMs)].counts.missed += 1;
    seconds.addMissed(secondOf(dueMs));
  }

  /** Counts nothing more. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }

  #count(record: RequestRecord): void {
    const { tally, timeline, seconds, schedule, t0AtMs } = this.#options;
    const intendedMs = schedule ? schedule.offsetMs(record.requestSeq) : record.startedAtMs - t0AtMs;
    const sample = sampleOf(record, t0AtMs + intendedMs);
    tally.phases[timeline.phaseAt(intendedMs)].add(sample);
    seconds.add(record.endedAtMs - t0AtMs, sample);
  }

  #dueMs(seq: number): number {
    const { schedule } = this.#options;
    invariant(schedule !== undefined, 'a load without a schedule has no arrivals');
    return schedule.offsetMs(seq);
  }
}

function secondOf(offsetMs: number): number {
  return Math.floor(offsetMs / 1000);
}
