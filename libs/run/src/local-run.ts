import {
  nextRunState,
  type Abort,
  type CampaignSpec,
  type RunEvent,
  type RunPlan,
  type RunState,
} from '#libs/campaign';
import type { Clock, Timer } from '#libs/kernel';
import type { PhaseCounts } from '#libs/stats';
import { proveRecovery, type Canary } from './canary.ts';
import { disturb, type ActOfDrill, type FaultChange, type OuterFaults } from './disturbance.ts';
import { RunJudge, type GuardrailOutcome, type Judgement } from './run-judge.ts';
import { messageOf } from './message-of.ts';
import type { Load } from './scenario-load.ts';
import { SegmentRun } from './segment-run.ts';

export interface LocalRunOptions {
  readonly spec: CampaignSpec;
  readonly plan: RunPlan;
  /** Goes through the plan and sends nothing. */
  readonly isDryRun: boolean;
}

/** What a run needs of the world. */
export interface LocalRunPorts {
  readonly clock: Clock;
  /** The time of day, for what is kept: milliseconds since 1970. */
  readonly wallNowMs: () => number;
  readonly load: Load;
  readonly faults: OuterFaults;
  readonly canary: Canary;
  readonly drill?: ActOfDrill | undefined;
  /** Hears what happens, in its order. */
  readonly onNews: (news: RunNews) => void;
}

/** What happens in a run. */
export type RunNews =
  | { readonly kind: 'state'; readonly state: RunState }
  /** The counts of the whole run so far; once a second. */
  | { readonly kind: 'counts'; readonly counts: Readonly<PhaseCounts> }
  | ({ readonly kind: 'fault' } & FaultChange)
  | ({ readonly kind: 'guardrail' } & GuardrailOutcome);

/** What came out of a run. */
export interface RunOutcome extends Judgement {
  /** A final one. */
  readonly state: RunState;
  /** t = 0 and the end, in milliseconds since 1970; `undefined` where it never came to sending. */
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number;
}

/**
 * One run with all its segments in this process, from its plan to its verdict. The moves are `nextRunState`'s; this is the
 * loop that makes happen what a state means, and says what has happened.
 *
 * Once anything may have been sent, every way leads through the recovery: faults are removed, and a canary must show that
 * the target answers.
 */
export class LocalRun {
  readonly #options: LocalRunOptions;
  readonly #ports: LocalRunPorts;
  readonly #judge: RunJudge;
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #canaryEnd = new AbortController();
  #state: RunState;
  #segments: readonly SegmentRun[] = [];

  constructor(options: LocalRunOptions, ports: LocalRunPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#judge = new RunJudge(options.spec, options.plan);
    this.#state = { kind: 'queued', sinceMs: ports.wallNowMs() };
  }

  /** Runs it once, to a final state. Rejects only by a bug of its own. */
  async run(): Promise<RunOutcome> {
    const { clock, wallNowMs } = this.#ports;
    const { plan, isDryRun } = this.#options;
    this.#on({ kind: 'taken' });
    if (this.#state.kind === 'preparing') this.#on({ kind: 'prepared', isDryRun });
    const isSending = this.#state.kind === 'baseline';
    const t0AtMs = clock.nowMs() + plan.phases.baselineMs;
    if (isSending) {
      await this.#offerLoad(t0AtMs);
      await this.#recover();
    }
    const endedAtMs = wallNowMs();
    return {
      ...this.#judge.judge(this.#state),
      state: this.#state,
      startedAtMs: isSending ? endedAtMs - (clock.nowMs() - t0AtMs) : undefined,
      endedAtMs,
    };
  }

  /** `graceful` awaits what is in flight, `now` cuts it. Comes to nothing once the run recovers, but `now` hurries that. */
  abort(abort: Abort, mode: 'graceful' | 'now'): void {
    if (mode === 'now') this.#canaryEnd.abort();
    this.#on({ kind: 'abort', abort, mode });
  }

  async #offerLoad(t0AtMs: number): Promise<void> {
    const { clock, load, faults, drill, onNews } = this.#ports;
    const { spec, plan } = this.#options;
    const { baselineMs, stagesMs, recoveryMs } = plan.phases;
    const timers = [
      clock.setTimer(() => this.#onBaselineOver(), t0AtMs - clock.nowMs()),
      clock.setTimer(() => this.#onSent(), t0AtMs + stagesMs + recoveryMs - clock.nowMs()),
    ];
    const controls = { stop: this.#stop.signal, cut: this.#cut.signal, maySend: () => true };
    this.#segments = Array.from({ length: plan.segments }, (_, segment) => {
      const order = { spec, plan, segment, t0AtMs, fromMs: -baselineMs };
      return new SegmentRun(order, controls, load, clock);
    });
    const ticker = this.#tickFrom(t0AtMs);
    const disturbance = disturb(plan, { clock, faults, drill }, t0AtMs, this.#stop.signal, (change) =>
      onNews({ kind: 'fault', ...change }),
    ).catch((error: unknown) => this.#onError(error));
    const runs = this.#segments.map(async (segment) =>
      segment.run().catch((error: unknown) => this.#onError(error)),
    );
    await Promise.all(runs);
    for (const timer of timers) timer.cancel();
    ticker.stop();
    this.#look();
    this.#onSent();
    if (this.#state.kind === 'draining') this.#on({ kind: 'drained' });
    await disturbance;
  }

  /** Looks at every full second of the run. */
  #tickFrom(t0AtMs: number): { stop(): void } {
    const { clock } = this.#ports;
    let second = Math.floor((clock.nowMs() - t0AtMs) / 1_000);
    let timer: Timer;
    const arm = (): void => {
      second += 1;
      timer = clock.setTimer(tick, Math.max(0, t0AtMs + second * 1_000 - clock.nowMs()));
    };
    const tick = (): void => {
      // Looking may end the run, and with it the ticks.
      arm();
      this.#look();
    };
    arm();
    return { stop: () => timer.cancel() };
  }

  #look(): void {
    const { onNews } = this.#ports;
    const parts = this.#segments.map((segment, index) => ({ ...segment.count(), segment: index, epoch: 0 }));
    const tripped = this.#judge.watch(parts);
    onNews({ kind: 'counts', counts: this.#judge.counts() });
    if (!tripped || !this.#isOffered()) return;
    onNews({ kind: 'guardrail', ...tripped });
    this.abort({ by: 'guardrail', reason: tripped.guardrail }, 'graceful');
  }

  #onBaselineOver(): void {
    if (this.#state.kind === 'baseline') this.#on({ kind: 'baseline-over' });
  }

  /** Nothing more is started. */
  #onSent(): void {
    this.#onBaselineOver();
    if (this.#state.kind === 'running') this.#on({ kind: 'load-over' });
  }

  #onError(error: unknown): void {
    this.#on({ kind: 'error', message: messageOf(error) });
  }

  async #recover(): Promise<void> {
    const { faults, canary, clock } = this.#ports;
    try {
      await faults.removeAll();
    } catch (error) {
      return this.#on({ kind: 'error', message: `the faults could not be removed: ${messageOf(error)}` });
    }
    const isRecovered = await proveRecovery(canary, clock, this.#canaryEnd.signal);
    return this.#on({ kind: 'recovered', isRecovered });
  }

  /** Moves on, and makes the load do what the new state says. */
  #on(event: RunEvent): void {
    const next = nextRunState(this.#state, event, this.#ports.wallNowMs());
    if (next === this.#state) return;
    this.#state = next;
    this.#ports.onNews({ kind: 'state', state: next });
    if (next.kind === 'draining' || next.kind === 'recovering') this.#stop.abort();
    if (next.kind === 'recovering') this.#cut.abort();
  }

  #isOffered(): boolean {
    return this.#state.kind === 'baseline' || this.#state.kind === 'running';
  }
}
