import type { LabelSelector } from './label-selector.ts';
import type { Pod, Workload } from './pod.ts';

type Labels = Readonly<Record<string, string>>;

/** A PodDisruptionBudget (policy/v1). */
export interface DisruptionBudget {
  readonly name: string;
  readonly selector: LabelSelector | undefined;
  /** How many more of its pods may be evicted now. */
  readonly disruptionsAllowed: number;
}

/** One piece of news of a watch. `listed` comes first, and again whenever the watch had to begin anew. */
export type PodChange =
  | { readonly kind: 'listed'; readonly pods: readonly Pod[] }
  | { readonly kind: 'applied'; readonly pod: Pod }
  | { readonly kind: 'deleted'; readonly pod: Pod };

/** How a pod is taken away: `evict` asks the budgets first (policy/v1 Eviction), `delete` asks nobody. */
export type RemovalAction = 'evict' | 'delete';

export interface Removal {
  readonly action: RemovalAction;
  /** The pod's time to end, in seconds, 0 and more; the pod's own when undefined. */
  readonly graceSeconds?: number | undefined;
}

/** What became of a removal: accepted, blocked by a disruption budget, or the pod of that uid was already gone. */
export type RemovalAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'blocked'; readonly reason: string }
  | { readonly kind: 'gone' };

/**
 * What drills ask of Kubernetes; the seam at which a test puts another cluster.
 *
 * Every method rejects with a `KubeError` when the API refuses or cannot be reached.
 */
export interface Kube {
  listPods(namespace: string, labels: Labels): Promise<readonly Pod[]>;
  /** Deployments and ReplicaSets. */
  listWorkloads(namespace: string): Promise<readonly Workload[]>;
  listBudgets(namespace: string): Promise<readonly DisruptionBudget[]>;
  /** Ends without an error when `signal` fires. */
  watchPods(namespace: string, labels: Labels, signal: AbortSignal): AsyncIterable<PodChange>;
  /** Removes exactly this pod: another one of the same name has another uid and is left alone. */
  remove(pod: Pod, removal: Removal): Promise<RemovalAnswer>;
  /** Leaves a Kubernetes Event (core/v1) on the pod, for whoever wonders what befell it. */
  recordEvent(pod: Pod, message: string): Promise<void>;
}
