import type { PodChange, RemovalAction } from '../kube.ts';
import type { Pod } from '../pod.ts';
import type { Candidate, Exclusion } from './preview-drill.ts';

/** Something that happened in the cluster, on both clocks. */
export interface Moment {
  /** What the object itself says, in ms since 1970, exact to the second; undefined when it does not say. */
  readonly objectAtEpochMs: number | undefined;
  /** When the watch told us, in ms on our monotonic clock: comparable with the request records. */
  readonly seenAtMs: number;
}

/**
 * What became of the order to take a victim away:
 * - `accepted` at `atMs` of our monotonic clock;
 * - `blocked`: a disruption budget forbade it, which is a finding and no error;
 * - `spared`: at the moment of the act it was gone or no candidate any more;
 * - `failed`: the API refused it otherwise;
 * - `cancelled`: the run ended before.
 */
export type Finding =
  | { readonly kind: 'accepted'; readonly atMs: number }
  | { readonly kind: 'blocked'; readonly reason: string }
  | { readonly kind: 'spared'; readonly reason: 'gone' | Exclusion }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'cancelled' };

export interface VictimReport {
  readonly pod: string;
  readonly uid: string;
  readonly workload: string;
  readonly action: RemovalAction;
  readonly finding: Finding;
  /** Its removal was asked for; the pod is ending. */
  readonly terminating: Moment | undefined;
  /** The pod is gone from the API. */
  readonly deleted: Moment | undefined;
  /** The pod that came in its place, once it is ready. */
  readonly replacement: { readonly pod: string; readonly ready: Moment } | undefined;
}

interface Watched {
  readonly victim: Candidate;
  finding: Finding | undefined;
  terminating: Moment | undefined;
  deleted: Moment | undefined;
  replacement: { readonly pod: string; readonly ready: Moment } | undefined;
}

/**
 * Follows the victims of one drill through the news of a watch. Pure: it is told the news and their time.
 *
 * A replacement is a pod that was not there in the first list and has the victim's controller. Which replacement is for
 * which victim nobody knows, so the first to be ready counts for the first that was taken away.
 */
export class VictimTimeline {
  readonly #action: RemovalAction;
  readonly #watched: readonly Watched[];
  readonly #replacements = new Set<string>();
  #firstListed: ReadonlySet<string> | undefined;

  constructor(action: RemovalAction, victims: readonly Candidate[]) {
    this.#action = action;
    this.#watched = victims.map((victim) => ({
      victim,
      finding: undefined,
      terminating: undefined,
      deleted: undefined,
      replacement: undefined,
    }));
  }

  /** Notes what became of the order to take `uid` away. */
  found(uid: string, finding: Finding): void {
    const watched = this.#find(uid);
    if (watched) watched.finding = finding;
  }

  observe(change: PodChange, nowMs: number): void {
    switch (change.kind) {
      case 'listed':
        this.#onListed(change.pods, nowMs);
        break;
      case 'applied':
        this.#onApplied(change.pod, nowMs);
        break;
      case 'deleted':
        this.#onDeleted(change.pod, nowMs);
        break;
    }
  }

  /** Whether nothing more is to come: each victim is replaced and gone, or was not taken away. */
  get isComplete(): boolean {
    return this.#watched.every(
      ({ finding, deleted, replacement }) =>
        finding !== undefined && (finding.kind !== 'accepted' || (deleted && replacement)),
    );
  }

  report(): readonly VictimReport[] {
    return this.#watched.map(({ victim: { pod, workload }, finding, ...moments }) => ({
      pod: pod.name,
      uid: pod.uid,
      workload: `${workload.kind}/${workload.name}`,
      action: this.#action,
      finding: finding ?? { kind: 'cancelled' },
      ...moments,
    }));
  }

  /** A later list replaces the news that the watch lost: what it no longer holds was deleted meanwhile. */
  #onListed(pods: readonly Pod[], nowMs: number): void {
    const uids = new Set(pods.map(({ uid }) => uid));
    this.#firstListed ??= uids;
    // Before the replacements, which are looked for only where a victim is known to go.
    for (const watched of this.#watched) {
      if (!uids.has(watched.victim.pod.uid)) {
        watched.deleted ??= { objectAtEpochMs: undefined, seenAtMs: nowMs };
      }
    }
    for (const pod of pods) this.#onApplied(pod, nowMs);
  }

  #onApplied(pod: Pod, nowMs: number): void {
    const watched = this.#find(pod.uid);
    if (watched) this.#noteTerminating(watched, pod, nowMs);
    else if (!this.#firstListed?.has(pod.uid)) this.#noteReplacement(pod, nowMs);
  }

  #onDeleted(pod: Pod, nowMs: number): void {
    const watched = this.#find(pod.uid);
    if (!watched) return;
    this.#noteTerminating(watched, pod, nowMs);
    watched.deleted ??= { objectAtEpochMs: undefined, seenAtMs: nowMs };
  }

  #noteTerminating(watched: Watched, { terminatingAtEpochMs }: Pod, nowMs: number): void {
    if (terminatingAtEpochMs === undefined) return;
    watched.terminating ??= { objectAtEpochMs: terminatingAtEpochMs, seenAtMs: nowMs };
  }

  #noteReplacement(pod: Pod, nowMs: number): void {
    if (pod.readyAtEpochMs === undefined || this.#replacements.has(pod.uid)) return;
    const replaced = this.#watched.find(
      ({ victim, finding, terminating, deleted, replacement }) =>
        (finding === undefined || finding.kind === 'accepted') &&
        (terminating || deleted) &&
        !replacement &&
        victim.pod.controller?.uid === pod.controller?.uid,
    );
    if (!replaced) return;
    this.#replacements.add(pod.uid);
    replaced.replacement = {
      pod: pod.name,
      ready: { objectAtEpochMs: pod.readyAtEpochMs, seenAtMs: nowMs },
    };
  }

  #find(uid: string): Watched | undefined {
    return this.#watched.find(({ victim }) => victim.pod.uid === uid);
  }
}
