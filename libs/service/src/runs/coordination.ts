import { isFinal, nextRunState, type Ending, type RunEvent as RunStateEvent } from '#libs/campaign';
import type { RunEvent } from '#libs/contracts';
import type { Clock } from '#libs/kernel';
import { reportOf } from '#libs/report';
import { RunJudge, messageOf, proveRecovery } from '#libs/run';
import { STEADY_MS } from '#libs/stats';
import type { RedisTime } from '../redis/redis-time.ts';
import type { Signals } from '../redis/signals.ts';
import type { Claim, RunSight, Runs } from '../repositories/runs.ts';
import type { AbortOrder } from './abort-order.ts';
import { Acts } from './acts.ts';
import { Disturbance, actsOf } from './disturbance.ts';
import { runOrder } from './run-order.ts';
import type { RunRecord } from './run-record.ts';
import type { RunTools } from './run-world.ts';
import { SecondMarks } from './second-marks.ts';

/** In which every segment hears of t = 0 before the baseline begins. */
const LEAD_MS = 500;
/** How long the segments may wait for their workers. */
const PREPARE_TIMEOUT_MS = 60_000;
/** How long requests in flight may take beyond their deadline, a takeover of their segment included. */
const DRAIN_GRACE_MS = 20_000;
/** How long segments that were cut may take to write what they counted. */
const CUT_GRACE_MS = 3_000;
const TICK_MS = 1_000;

export interface CoordinationPorts {
  readonly runs: Runs;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly time: RedisTime;
  /** Makes the jobs of a run's segments, unless they are there. */
  readonly addSegments: (runId: string, segments: number) => Promise<void>;
}

/** What a coordination needs of the world: the load is the segments' business. */
export type CoordinationTools = Pick<RunTools, 'faults' | 'canary' | 'drill'>;

/**
 * One owner's work on a run: it walks the run through its states, from wherever it stands. Everything that outlives the
 * owner is in Redis, so another one goes on in the same way.
 *
 * No fault outlives its owner for good. The client's end with the lease of the segment's worker (`SegmentRunner`). What is
 * done to the target is begun by the present owner only, once (`Acts`), and ends by itself: a supervisor starts its target
 * again after the outage that it was told, a fault of target or proxy has a time to live, a workload replaces its pods. And
 * every run, whoever owns it by then, passes through `recovering`, where all that may be left is removed.
 */
export class Coordination {
  readonly #ports: CoordinationPorts;
  readonly #claim: Claim;
  readonly #tools: CoordinationTools;
  readonly #judge: RunJudge;
  readonly #deadlineMs: number;
  readonly #closing: AbortSignal;
  readonly #marks: SecondMarks | undefined;
  #record: RunRecord;
  #disturbance: Disturbance | undefined;

  /** @param closing fires when this worker shuts down */
  constructor(
    ports: CoordinationPorts,
    taken: { readonly claim: Claim; readonly record: RunRecord },
    tools: CoordinationTools,
    closing: AbortSignal,
  ) {
    const { spec, plan } = runOrder(taken.record);
    this.#ports = ports;
    this.#claim = taken.claim;
    this.#record = taken.record;
    this.#tools = tools;
    this.#judge = new RunJudge(spec, plan);
    this.#deadlineMs = spec.policies.deadlineMs;
    this.#closing = closing;
    this.#marks = plan.drill && new SecondMarks();
  }

  /** Resolves when the run has ended. Rejects when somebody must go on: this worker shuts down, or Redis is away. */
  async run(): Promise<void> {
    try {
      if (this.#record.state.kind === 'queued') await this.#move({ kind: 'taken' });
      while (!isFinal(this.#record.state)) await this.#step();
    } finally {
      await this.#disturbance?.end();
    }
  }

  /** Ends a run that nobody can see through any more: as an error, with the target made whole first. */
  async abandon(message: string): Promise<void> {
    await this.#fail(message);
    await this.run();
  }

  async #step(): Promise<void> {
    const { state } = this.#record;
    switch (state.kind) {
      case 'queued':
      case 'preparing':
        return this.#prepare();
      case 'baseline':
        return this.#passBaseline();
      case 'running':
        return this.#offerLoad();
      case 'draining':
        return this.#drain(state.sinceMs);
      case 'recovering':
        return this.#recover(state.ending);
      case 'completed':
      case 'aborted':
      case 'errored':
        return undefined;
    }
  }

  async #prepare(): Promise<void> {
    const { runs, clock, addSegments } = this.#ports;
    const { id, dryRun, plan } = this.#record;
    try {
      await this.#prepareDrill();
    } catch (error) {
      return this.#fail(messageOf(error));
    }
    if (dryRun) return this.#move({ kind: 'prepared', isDryRun: true });
    await addSegments(id, plan.segments);
    const giveUpAtMs = clock.nowMs() + PREPARE_TIMEOUT_MS;
    for (;;) {
      const { abort, ready } = await this.#look();
      if (abort) return this.#abort(abort);
      if (ready.size === plan.segments) break;
      if (clock.nowMs() >= giveUpAtMs) {
        const found = `${ready.size} of ${plan.segments} segments found a worker`;
        return this.#fail(`only ${found} within ${PREPARE_TIMEOUT_MS} ms`);
      }
      await this.#pause(TICK_MS);
    }
    const t0Ms = await runs.setT0(this.#claim, LEAD_MS + plan.phases.baselineMs);
    this.#record = { ...this.#record, t0Ms };
    return this.#move({ kind: 'prepared', isDryRun: false });
  }

  /** The victims are chosen before anything is sent, and stay the same for every owner. */
  async #prepareDrill(): Promise<void> {
    const { dryRun, drill: known } = this.#record;
    const { drill } = this.#tools;
    if (!drill || known) return;
    this.#record = {
      ...this.#record,
      drill: dryRun
        ? { kind: 'previewed', preview: await drill.preview() }
        : { kind: 'planned', plan: await drill.plan() },
    };
  }

  async #passBaseline(): Promise<void> {
    for (;;) {
      const { abort } = await this.#watch();
      if (abort) return this.#abort(abort);
      const restMs = -this.#runMs();
      if (restMs <= 0) return this.#move({ kind: 'baseline-over' });
      await this.#pause(Math.min(restMs, TICK_MS));
    }
  }

  async #offerLoad(): Promise<void> {
    const { phases, segments } = this.#record.plan;
    const disturbance = this.#disturb();
    for (;;) {
      const { abort, done } = await this.#watch();
      if (abort) return this.#abort(abort);
      if (disturbance.failure !== undefined) return this.#fail(disturbance.failure);
      const restMs = phases.stagesMs + phases.recoveryMs - this.#runMs();
      if (restMs <= 0 || done.size === segments) return this.#move({ kind: 'load-over' });
      await this.#pause(Math.min(restMs, TICK_MS));
    }
  }

  async #drain(sinceMs: number): Promise<void> {
    const { abort, areDone } = await this.#awaitSegments(sinceMs + this.#deadlineMs + DRAIN_GRACE_MS, true);
    if (abort) return this.#abort(abort);
    if (!areDone) return this.#fail('a segment was lost, and no worker has taken it over');
    return this.#move({ kind: 'drained' });
  }

  /** After an abort that cut everything, the segments get a moment to write what they have counted. */
  async #recover(ending: Ending): Promise<void> {
    const { faults, canary } = this.#tools;
    await this.#disturbance?.end();
    let failure = ending.kind === 'finished' ? this.#disturbance?.failure : undefined;
    try {
      await faults.removeAll();
    } catch (error) {
      failure ??= `the faults could not be removed: ${messageOf(error)}`;
    }
    const isRecovered = await proveRecovery(canary, this.#ports.clock, this.#closing);
    // A proof that was broken off proves nothing: the next owner tries again.
    if (this.#closing.aborted) throw new ShutdownError();
    await this.#awaitSegments(this.#ports.time.nowMs() + CUT_GRACE_MS, false);
    await this.#endDrill();
    if (ending.kind === 'finished') failure ??= await this.#undoneAct();
    if (failure !== undefined) return this.#move({ kind: 'error', message: failure });
    return this.#move({ kind: 'recovered', isRecovered });
  }

  /** A run whose faults did not all take place has not shown what it was made to show. */
  async #undoneAct(): Promise<string | undefined> {
    const done = await this.#ports.runs.actsDone(this.#claim.runId);
    const undone = actsOf(this.#record.plan).find((name) => !done.has(name));
    return undone === undefined ? undefined : `${undone} did not take place, or nobody saw its end`;
  }

  /** Joins what became of the pods with what became of the requests. */
  async #endDrill(): Promise<void> {
    const { drill, t0Ms } = this.#record;
    const report = this.#disturbance?.drillReport;
    if (!report || drill?.kind !== 'planned') return;
    const { recoveryOf } = await import('#libs/kube');
    const t0AtMs = this.#ports.time.localMs(t0Ms ?? 0);
    const series = this.#marks?.series(t0AtMs) ?? { requests: [], reactionsAtMs: [] };
    const recoveries = recoveryOf(report.victims, series, STEADY_MS);
    this.#record = {
      ...this.#record,
      drill: { kind: 'over', plan: drill.plan, report, recoveries, t0AtMs },
    };
  }

  /** Resolves when all segments are done, or late; with an order to hurry where that was asked for and came. */
  async #awaitSegments(
    giveUpAtMs: number,
    canHurry: boolean,
  ): Promise<{ readonly abort?: AbortOrder; readonly areDone: boolean }> {
    for (;;) {
      const { abort, done } = await this.#look();
      if (canHurry && abort?.mode === 'now') return { abort, areDone: false };
      const restMs = giveUpAtMs - this.#ports.time.nowMs();
      if (done.size === this.#record.plan.segments) return { areDone: true };
      if (restMs <= 0) return { areDone: false };
      await this.#pause(Math.min(restMs, TICK_MS));
    }
  }

  /** One look while load is offered: tells of the counts, and takes a guardrail that has tripped for an order. */
  async #watch(): Promise<Pick<RunSight, 'abort' | 'done'>> {
    const { abort, parts, done } = await this.#ports.runs.renew(this.#claim);
    const atMs = this.#ports.time.nowMs();
    this.#marks?.add(parts);
    const tripped = this.#judge.watch(parts);
    await this.#publish({ type: 'snapshot', data: { atMs, runMs: this.#runMs(), ...this.#judge.counts() } });
    if (abort || tripped?.trippedBy === undefined) return { abort, done };
    const { guardrail, trippedBy } = tripped;
    await this.#publish({ type: 'guardrail', data: { atMs, guardrail, trippedBy } });
    return { abort: { by: 'guardrail', reason: guardrail, mode: 'graceful' }, done };
  }

  /** Writes the next state; a final one with the report. */
  async #move(event: RunStateEvent): Promise<void> {
    const nowMs = this.#ports.time.nowMs();
    const state = nextRunState(this.#record.state, event, nowMs);
    if (state === this.#record.state) return;
    const { id, plan, t0Ms } = this.#record;
    const report = isFinal(state)
      ? reportOf({ id, plan, state, startedAtMs: t0Ms, endedAtMs: nowMs, ...this.#judge.judge(state) })
      : undefined;
    this.#record = { ...this.#record, state, report };
    await this.#ports.runs.save(this.#claim, this.#record, nowMs);
  }

  /** The order is written where the segments see it, whoever gave it. */
  async #abort({ mode, ...abort }: AbortOrder): Promise<void> {
    await this.#ports.runs.abort(this.#claim.runId, { ...abort, mode });
    await this.#move({ kind: 'abort', abort, mode });
  }

  /** Ends the run as an error of ours; the segments are cut like in an abort. */
  async #fail(message: string): Promise<void> {
    await this.#ports.runs.abort(this.#claim.runId, { by: 'lease-lost', reason: message, mode: 'now' });
    await this.#move({ kind: 'error', message });
  }

  /** Keeps the claim and takes in what the segments have counted. */
  async #look(): Promise<RunSight> {
    const sight = await this.#ports.runs.renew(this.#claim);
    this.#marks?.add(sight.parts);
    this.#judge.watch(sight.parts);
    return sight;
  }

  async #pause(ms: number): Promise<void> {
    if (!this.#closing.aborted) {
      await this.#ports.signals.wait('control', this.#claim.runId, ms, this.#closing);
    }
    if (this.#closing.aborted) throw new ShutdownError();
  }

  #disturb(): Disturbance {
    const ports = this.#ports;
    const tools = this.#tools;
    const { plan, drill, t0Ms } = this.#record;
    this.#disturbance ??= new Disturbance({
      plan,
      t0AtMs: ports.time.localMs(t0Ms ?? 0),
      faults: tools.faults,
      drill: tools.drill && drill?.kind === 'planned' ? { tool: tools.drill, plan: drill.plan } : undefined,
      acts: new Acts(ports.runs, this.#claim, ports.clock),
      clock: ports.clock,
      onFault: ({ faultId: id, change }) => {
        this.#tell({ type: 'fault', data: { atMs: ports.time.nowMs(), id, change } });
      },
      onDrill: ({ victims }) => {
        const atMs = ports.time.nowMs();
        for (const { pod, finding } of victims) {
          this.#tell({ type: 'pod', data: { atMs, pod, change: finding.kind } });
        }
      },
    });
    return this.#disturbance;
  }

  /** Nobody waits for it: that it was done counts, whether or not it could be told. */
  #tell(event: RunEvent): void {
    this.#publish(event).catch(() => {});
  }

  #publish(event: RunEvent): Promise<void> {
    return this.#ports.runs.append(this.#claim, event);
  }

  /** The time of the run. */
  #runMs(): number {
    return this.#ports.time.nowMs() - (this.#record.t0Ms ?? Infinity);
  }
}

/** This worker shuts down; another one goes on. */
class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
  constructor() {
    super('this worker shuts down');
  }
}
