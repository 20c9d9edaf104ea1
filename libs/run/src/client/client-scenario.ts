import type { Client } from '#libs/client';
import type { Clock } from '#libs/kernel';
import { ClosedLoad, LoadMeter, OpenLoad, sendThrough, type LoadRequest, type Send } from '#libs/load/runner';
import { channels } from '#libs/records';
import {
  firstSeqAt,
  type LoadCounts,
  type ScenarioLoad,
  type ScenarioShare,
  type StageFaults,
} from '#libs/run';
import { remainderOf } from './closed-remainder.ts';

/** Who sends a scenario. */
export interface Sender {
  /** The client's. */
  readonly name: string;
  readonly client: Client;
  readonly request: LoadRequest;
  /** The client's, where it has any. */
  readonly faults: StageFaults | undefined;
}

/** One scenario being sent, counted by what its client publishes. */
export class ClientScenario implements ScenarioLoad {
  readonly #sender: Sender;
  readonly #load: OpenLoad | ClosedLoad | undefined;
  readonly #endMeter: () => void;
  #inFlight = 0;

  constructor(share: ScenarioShare, counts: LoadCounts, sender: Sender, clock: Clock) {
    const { scenario, segment, t0AtMs, fromMs, maxInFlight, drainMs } = share;
    this.#sender = sender;
    const { timeline } = scenario.schedule;
    const schedule = scenario.model === 'open' ? scenario.schedule : undefined;
    const meter = new LoadMeter({ ...counts, client: sender.name, timeline, schedule, t0AtMs });
    const unsubscribe = channels.request.subscribe((record) => {
      if (record.client === sender.name) counts.faults.add(record);
    });
    this.#endMeter = () => {
      meter.stop();
      unsubscribe();
    };
    const send = this.#guarded(share.maySend, sendThrough(sender.client, sender.request, scenario.model));
    if (scenario.model === 'open') {
      const fromSeq = firstSeqAt(scenario.schedule, fromMs);
      const options = {
        schedule: scenario.schedule,
        t0AtMs,
        maxConcurrency: maxInFlight,
        segment,
        fromSeq,
        drainMs,
      };
      this.#load = new OpenLoad(options, send, meter, clock);
    } else {
      const options = remainderOf(scenario.schedule, clock.nowMs() - t0AtMs);
      this.#load = options && new ClosedLoad({ ...options, segment }, send, clock);
    }
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get nextDueMs(): number {
    return this.#load instanceof OpenLoad ? this.#load.nextDueMs : Infinity;
  }

  async run(): Promise<void> {
    try {
      await this.#load?.run();
    } finally {
      this.#endMeter();
    }
  }

  stop(): void {
    this.#load?.stop();
  }

  cut(): void {
    this.stop();
    void this.#sender.client.destroy(new Error('the run was cut'));
  }

  #guarded(maySend: () => boolean, send: Send): Send {
    return async (seq, intendedAtMs) => {
      if (!maySend()) return this.stop();
      this.#inFlight += 1;
      try {
        await send(seq, intendedAtMs);
      } finally {
        this.#inFlight -= 1;
        this.#sender.faults?.forget(seq);
      }
      return undefined;
    };
  }
}
