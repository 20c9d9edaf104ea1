import { type Clock, type Rng, wholeOption } from '#libs/kernel';

import { KubeError } from '../kube-error.ts';
import type { Kube } from '../kube.ts';
import { type DrillSpec, checkDrillSpec } from './drill-spec.ts';
import { type DrillPlan, planDrill } from './plan-drill.ts';
import { type Candidate, type DrillPreview, type OwnPod, previewDrill } from './preview-drill.ts';
import { type Finding, type VictimReport, VictimTimeline } from './victim-timeline.ts';

export interface DrillsOptions {
  readonly clock: Clock;
  /** The pod that we run in, which no drill touches. Undefined outside of a cluster. */
  readonly ownPod?: OwnPod | undefined;
}

export interface ExecuteOptions {
  /** Why, for the Event on each victim: `run 7f3a of campaign survives-a-restart`. */
  readonly reason: string;
  /** Ends the drill: victims not yet taken away stay, and what is known is reported. */
  readonly signal: AbortSignal;
  /** How long to wait for the replacements, in ms from the start, 1000 to 600,000. Default 60,000. */
  readonly timeoutMs?: number | undefined;
}

export interface DrillReport {
  readonly victims: readonly VictimReport[];
  /** Why the times are incomplete, when the watch broke for good. */
  readonly watchError: string | undefined;
}

/** Drills on one cluster: which pods could go, which will, and taking them away. */
export class Drills {
  readonly #kube: Kube;
  readonly #clock: Clock;
  readonly #ownPod: OwnPod | undefined;

  constructor(kube: Kube, { clock, ownPod }: DrillsOptions) {
    this.#kube = kube;
    this.#clock = clock;
    this.#ownPod = ownPod;
  }

  /** What a drill would find now. Rejects with `PLR_INVALID_ARGUMENT` or a `KubeError`. Changes nothing. */
  async preview(spec: DrillSpec): Promise<DrillPreview> {
    checkDrillSpec(spec);
    const [pods, workloads, budgets] = await Promise.all([
      this.#kube.listPods(spec.namespace, spec.selector),
      this.#kube.listWorkloads(spec.namespace),
      this.#kube.listBudgets(spec.namespace),
    ]);
    return previewDrill({ pods, workloads, budgets }, this.#ownPod);
  }

  /** Chooses the victims for good; see `planDrill`. Changes nothing. */
  async plan(spec: DrillSpec, maxPods: number, rng: Rng): Promise<DrillPlan> {
    return planDrill(await this.preview(spec), spec, maxPods, rng);
  }

  /**
   * Takes the plan's victims away, one after the other, and follows them until each is gone and replaced, `timeoutMs`
   * are over, or `signal` fires. All are looked at once more before the first act: one that changed since the plan is
   * spared. What cannot be announced by an Event on the pod is not done either.
   *
   * What goes wrong with a victim stands in its finding. Rejects with a `KubeError` only when the cluster could not be
   * asked before the first act.
   */
  async execute(
    plan: DrillPlan,
    { reason, signal, timeoutMs = 60_000 }: ExecuteOptions,
  ): Promise<DrillReport> {
    wholeOption('timeoutMs', timeoutMs, 1_000, 600_000);
    const { namespace, selector, action } = plan.spec;
    const timeline = new VictimTimeline(action, plan.victims);
    const stop = new AbortController();
    const watchSignal = AbortSignal.any([signal, stop.signal]);
    const timer = this.#clock.setTimer(() => stop.abort(), timeoutMs);
    const stopWhenComplete = (): void => {
      if (timeline.isComplete) stop.abort();
    };
    let acts: Promise<void> | undefined;
    let watchError: string | undefined;
    try {
      for await (const change of this.#kube.watchPods(namespace, selector, watchSignal)) {
        timeline.observe(change, this.#clock.nowMs());
        // The watch goes on while we act, so that its news get the time at which they come.
        acts ??= this.#act(plan, timeline, reason, watchSignal).finally(stopWhenComplete);
        acts.catch(() => stop.abort());
        stopWhenComplete();
      }
    } catch (error) {
      if (!(error instanceof KubeError) || acts === undefined) throw error;
      watchError = error.message;
    } finally {
      timer.cancel();
      stop.abort();
    }
    await acts;
    return { victims: timeline.report(), watchError };
  }

  async #act(plan: DrillPlan, timeline: VictimTimeline, reason: string, signal: AbortSignal): Promise<void> {
    const now = await this.preview(plan.spec);
    for (const victim of plan.victims) {
      if (signal.aborted) return;
      timeline.found(victim.pod.uid, await this.#takeAway(victim, now, plan.spec, reason));
    }
  }

  async #takeAway(
    { pod: { uid, name } }: Candidate,
    now: DrillPreview,
    spec: DrillSpec,
    reason: string,
  ): Promise<Finding> {
    const pod = now.candidates.find((candidate) => candidate.pod.uid === uid)?.pod;
    if (!pod) {
      const excluded = now.excluded.find((other) => other.pod.uid === uid);
      return { kind: 'spared', reason: excluded?.reason ?? 'gone' };
    }
    try {
      await this.#kube.recordEvent(pod, `Pooler drill: ${spec.action} ${name}, ${reason}`);
      const atMs = this.#clock.nowMs();
      const answer = await this.#kube.remove(pod, spec);
      if (answer.kind === 'gone') return { kind: 'spared', reason: 'gone' };
      return answer.kind === 'accepted' ? { kind: 'accepted', atMs } : answer;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      return { kind: 'failed', reason: error.message };
    }
  }
}
