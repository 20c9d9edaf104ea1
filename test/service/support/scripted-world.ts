import type { RunTools, RunWorld } from '#libs/service';
import { firstSeqAt, type Load, type LoadCounts, type ScenarioLoad, type ScenarioShare } from '#libs/run';
import { firstSeqOf } from '#libs/load';
import { systemClock } from '#libs/kernel';

/** What the loads of a world have "sent": the requests of the stages, by run and scenario. */
export interface Sent {
  readonly scenario: string;
  readonly segment: number;
  readonly seq: number;
}

/**
 * A world without a target: each arrival counts as answered at once. It sends by the real schedule, so that what a
 * takeover leaves out and what it repeats can be seen.
 */
export class ScriptedWorld implements RunWorld {
  readonly sent: Sent[] = [];
  /** Runs whose faults were removed. */
  readonly removed: string[] = [];
  isAlive = true;
  readonly #onSent: (sent: Sent) => void;
  readonly #onApplied: (faultId: string) => void;

  constructor(onSent: (sent: Sent) => void = () => {}, onApplied: (faultId: string) => void = () => {}) {
    this.#onSent = onSent;
    this.#onApplied = onApplied;
  }

  async toolsFor({ runId }: { readonly runId: string }): Promise<RunTools> {
    const onSent = (sent: Sent): void => {
      this.sent.push(sent);
      this.#onSent(sent);
    };
    const load: Load = { begin: (share, counts) => new ScriptedLoad(share, counts, onSent) };
    return Promise.resolve({
      load,
      canary: async () => Promise.resolve(this.isAlive),
      faults: {
        apply: async ({ id }) => {
          this.#onApplied(id);
          return Promise.resolve();
        },
        remove: async () => Promise.resolve(),
        removeAll: async () => {
          this.removed.push(runId);
          return Promise.resolve();
        },
      },
      close: async () => Promise.resolve(),
    });
  }
}

class ScriptedLoad implements ScenarioLoad {
  readonly inFlight = 0;
  nextDueMs = Infinity;
  readonly #share: ScenarioShare;
  readonly #counts: LoadCounts;
  readonly #onSent: (sent: Sent) => void;
  readonly #over = Promise.withResolvers<void>();

  constructor(share: ScenarioShare, counts: LoadCounts, onSent: (sent: Sent) => void) {
    this.#share = share;
    this.#counts = counts;
    this.#onSent = onSent;
  }

  async run(): Promise<void> {
    const { scenario, segment, t0AtMs, fromMs, maySend } = this.#share;
    if (scenario.model === 'closed') return this.#over.promise;
    const { schedule } = scenario;
    const dueMs = (seq: number): number => (seq < schedule.endSeq ? schedule.offsetMs(seq) : Infinity);
    let seq = firstSeqOf(segment, firstSeqAt(schedule, fromMs));
    this.nextDueMs = dueMs(seq);
    const step = (): void => {
      const nowMs = systemClock.nowMs() - t0AtMs;
      while (this.nextDueMs <= nowMs && maySend()) {
        this.#onSent({ scenario: scenario.scenario.name, segment: segment.index, seq });
        this.#count(seq);
        seq += segment.count;
        this.nextDueMs = dueMs(seq);
      }
      if (this.nextDueMs === Infinity) this.#over.resolve();
    };
    const timer = setInterval(step, 20);
    try {
      await this.#over.promise;
    } finally {
      clearInterval(timer);
    }
    return undefined;
  }

  stop(): void {
    this.cut();
  }

  cut(): void {
    this.#over.resolve();
  }

  #count(seq: number): void {
    const { schedule } = this.#share.scenario;
    const offsetMs = this.#share.scenario.model === 'open' ? this.#share.scenario.schedule.offsetMs(seq) : 0;
    const phase = schedule.timeline.phaseAt(offsetMs);
    const tally = this.#counts.tally.phases[phase];
    tally.addArrival(0);
    tally.add({
      isOk: true,
      outcome: 'first-try',
      cell: 'none/first-try',
      attempts: 1,
      retries: 0,
      latencyMs: 1,
      sendLatencyMs: 1,
      failures: [],
    });
  }
}
