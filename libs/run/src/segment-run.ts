import { schedulesOf, type CampaignSpec, type RunPlan, type ScenarioSchedule } from '#libs/campaign';
import type { Clock, Timer } from '#libs/kernel';
import { firstSeqOf, shareOf, type ArrivalSchedule, type Segment } from '#libs/load';
import { RunTally, SecondWindows, type RunSnapshot, type SecondSnapshot } from '#libs/stats';
import { FaultSightings, type FaultSighting } from './fault-sightings.ts';
import type { Load, LoadCounts, ScenarioLoad, ScenarioShare } from './scenario-load.ts';

/** What one segment of a run shall send. */
export interface SegmentOrder {
  readonly spec: CampaignSpec;
  readonly plan: RunPlan;
  /** Which one, of `plan.segments`. */
  readonly segment: number;
  /** When t = 0 is, on the segment's clock. */
  readonly t0AtMs: number;
  /** Up to this time from t = 0 an earlier owner has counted the arrivals; the start of the baseline if there was none. */
  readonly fromMs: number;
}

/** How a segment is stopped. */
export interface SegmentControls {
  /** Starts nothing more; what is in flight goes on. */
  readonly stop: AbortSignal;
  /** Ends what is in flight, too. */
  readonly cut: AbortSignal;
  /** Asked right before each request: false from when on another owner may have taken over. */
  readonly maySend: () => boolean;
}

/** What a segment has counted since it began. Plain JSON. */
export interface SegmentCount {
  readonly stage: 'sending' | 'draining' | 'over';
  /** What was due before this time from t = 0 has been seen to. It stands still once nothing more is sent. */
  readonly untilMs: number;
  readonly inFlight: number;
  readonly tally: RunSnapshot;
  /** The last seconds that are over, in their order. */
  readonly seconds: readonly SecondSnapshot[];
  /** What it has seen of the run's faults, by their ids. */
  readonly faults: Readonly<Record<string, FaultSighting>>;
}

/** Arrivals that are later than this when a segment begins are missed; all at once they would be a burst of their own. */
export const MAX_CATCH_UP_MS = 1_000;

/** How much longer than its deadline a request may be in flight before it is cut: it should have ended itself. */
const DRAIN_GRACE_MS = 1_000;

/** Who counts once a second may be away for some of them. */
export const COUNTED_SECONDS = 5;

type SegmentState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'draining'; readonly untilMs: number }
  | { readonly kind: 'over'; readonly untilMs: number };

/**
 * Sends one segment of a run's load, from wherever an earlier owner left it. It decides when to begin, what was missed and
 * when to stop; how requests are sent is the business of its `Load`.
 */
export class SegmentRun {
  readonly #order: SegmentOrder;
  readonly #controls: SegmentControls;
  readonly #load: Load;
  readonly #clock: Clock;
  readonly #schedules: readonly ScenarioSchedule[];
  readonly #drainMs: number;
  readonly #endMs: number;
  readonly #counts: LoadCounts;
  readonly #ended = Promise.withResolvers<void>();
  readonly #onStop = (): void => this.#stop();
  readonly #onCut = (): void => this.#cut();
  #state: SegmentState = { kind: 'waiting' };
  #loads: readonly ScenarioLoad[] = [];
  /** Every load is over before the end. */
  #hasSentAll = false;
  /** For the next of begin, end and cut. */
  #timer: Timer | undefined;

  constructor(order: SegmentOrder, controls: SegmentControls, load: Load, clock: Clock) {
    const { spec, plan } = order;
    this.#order = order;
    this.#controls = controls;
    this.#load = load;
    this.#clock = clock;
    this.#schedules = schedulesOf(spec);
    this.#drainMs = spec.policies.deadlineMs + DRAIN_GRACE_MS;
    this.#endMs = plan.phases.stagesMs + plan.phases.recoveryMs;
    this.#counts = {
      tally: new RunTally(),
      seconds: new SecondWindows(COUNTED_SECONDS + 1),
      faults: new FaultSightings(plan.faults, order.t0AtMs),
    };
  }

  /** Runs it once; resolves when its last request is over. Rejects with what a load threw, once the others are done. */
  async run(): Promise<void> {
    const { stop, cut } = this.#controls;
    if (stop.aborted || cut.aborted) return;
    stop.addEventListener('abort', this.#onStop);
    cut.addEventListener('abort', this.#onCut);
    const beginsInMs = -this.#order.plan.phases.baselineMs - this.#nowMs();
    if (beginsInMs > 0) this.#timer = this.#clock.setTimer(() => this.#tryBegin(), beginsInMs);
    else this.#tryBegin();
    await this.#ended.promise;
  }

  /** What it has counted so far. Takes a few milliseconds. */
  count(): SegmentCount {
    const { tally, seconds, faults } = this.#counts;
    const state = this.#state;
    // One moment for both: a second that `untilMs` says is over has to be among those shown.
    const nowMs = this.#nowMs();
    // The last second is over when everything is.
    const endSecond = Math.floor(nowMs / 1_000) + (state.kind === 'over' ? 1 : 0);
    return {
      stage: state.kind === 'waiting' ? 'sending' : state.kind,
      untilMs: this.#untilMs(nowMs),
      inFlight: this.#loads.reduce((sum, { inFlight }) => sum + inFlight, 0),
      tally: tally.snapshot(),
      seconds: Array.from({ length: COUNTED_SECONDS }, (_, index) =>
        seconds.snapshot(endSecond - COUNTED_SECONDS + index),
      ),
      faults: faults.snapshot(),
    };
  }

  #untilMs(nowMs: number): number {
    const state = this.#state;
    if (state.kind === 'waiting') return this.#order.fromMs;
    if (state.kind !== 'sending') return state.untilMs;
    // A timer may be late: what is due but not sent yet is still to be seen to.
    const nextDueMs = Math.min(...this.#loads.map((load) => load.nextDueMs));
    return Math.min(nowMs, this.#endMs, nextDueMs);
  }

  /** Nobody else would hear of what is thrown in a timer's callback. */
  #tryBegin(): void {
    try {
      this.#begin();
    } catch (error) {
      this.#ended.reject(error);
      this.#end();
    }
  }

  #begin(): void {
    this.#state = { kind: 'sending' };
    const { fromMs } = this.#order;
    const sendFromMs = Math.max(fromMs, this.#nowMs() - MAX_CATCH_UP_MS);
    for (const scenario of this.#schedules) {
      if (scenario.model === 'open') this.#miss(scenario.schedule, fromMs, sendFromMs);
    }
    this.#loads = this.#sharesOf(this.#schedules, sendFromMs).map((share) =>
      this.#load.begin(share, this.#counts),
    );
    this.#timer = this.#clock.setTimer(this.#onStop, Math.max(0, this.#endMs - this.#nowMs()));
    void this.#follow(this.#loads.map(async (load) => load.run()));
  }

  #sharesOf(schedules: readonly ScenarioSchedule[], fromMs: number): ScenarioShare[] {
    const { plan, t0AtMs } = this.#order;
    const { maySend } = this.#controls;
    const segment = this.#segment;
    const openCount = schedules.filter(({ model }) => model === 'open').length;
    const openInFlight = shareOf(segment, plan.openInFlight);
    let openIndex = 0;
    return schedules.map((scenario) => {
      const facts = { scenario, segment, t0AtMs, fromMs, drainMs: this.#drainMs + DRAIN_GRACE_MS, maySend };
      if (scenario.model === 'closed') {
        return { ...facts, maxInFlight: shareOf(segment, scenario.schedule.concurrency) };
      }
      // One is the least that a load can do, also where the limit of all is below the number of those who share it.
      const maxInFlight = Math.max(1, shareOf({ index: openIndex, count: openCount }, openInFlight));
      openIndex += 1;
      return { ...facts, maxInFlight };
    });
  }

  /** Nobody sent what was due in this time. */
  #miss(schedule: ArrivalSchedule, fromMs: number, toMs: number): void {
    const segment = this.#segment;
    const endSeq = firstSeqAt(schedule, toMs);
    for (let seq = firstSeqOf(segment, firstSeqAt(schedule, fromMs)); seq < endSeq; seq += segment.count) {
      const phase = schedule.timeline.phaseAt(schedule.offsetMs(seq));
      this.#counts.tally.phases[phase].counts.missed += 1;
    }
  }

  async #follow(runs: ReadonlyArray<Promise<void>>): Promise<void> {
    const endings = await Promise.allSettled(runs);
    const failed = endings.find((ending) => ending.status === 'rejected');
    if (failed) this.#ended.reject(failed.reason);
    // The phases keep their length, also where nothing more is due: what is done to the target goes by them.
    if (failed || this.#state.kind === 'draining' || this.#order.plan.phases.mayEndEarly) this.#end();
    else this.#hasSentAll = true;
  }

  /** At its time, or before. */
  #stop(): void {
    if (this.#state.kind === 'waiting' || this.#hasSentAll) return this.#end();
    if (this.#state.kind !== 'sending') return undefined;
    if (this.#nowMs() >= this.#endMs) this.#missTheRest();
    else this.#state = { kind: 'draining', untilMs: this.#untilMs(this.#nowMs()) };
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(this.#onCut, this.#drainMs);
    for (const load of this.#loads) load.stop();
    return undefined;
  }

  /** The end came before the timer of the last arrivals: nobody will send them. */
  #missTheRest(): void {
    for (const [index, scenario] of this.#schedules.entries()) {
      const { nextDueMs = Infinity } = this.#loads[index] ?? {};
      if (scenario.model === 'open') this.#miss(scenario.schedule, nextDueMs, Infinity);
    }
    this.#state = { kind: 'draining', untilMs: this.#endMs };
  }

  #cut(): void {
    this.#stop();
    for (const load of this.#loads) load.cut();
  }

  #end(): void {
    if (this.#state.kind === 'over') return;
    this.#state = { kind: 'over', untilMs: this.#untilMs(this.#nowMs()) };
    this.#timer?.cancel();
    this.#controls.stop.removeEventListener('abort', this.#onStop);
    this.#controls.cut.removeEventListener('abort', this.#onCut);
    for (const load of this.#loads) load.cut();
    this.#ended.resolve();
  }

  get #segment(): Segment {
    return { index: this.#order.segment, count: this.#order.plan.segments };
  }

  /** From t = 0. */
  #nowMs(): number {
    return this.#clock.nowMs() - this.#order.t0AtMs;
  }
}

/** The number of the first arrival that is due at `offsetMs` or later. */
export function firstSeqAt(schedule: ArrivalSchedule, offsetMs: number): number {
  let low = schedule.firstSeq;
  let high = schedule.endSeq;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (schedule.offsetMs(middle) < offsetMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
