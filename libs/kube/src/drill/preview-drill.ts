import type { DisruptionBudget } from '../kube.ts';
import { selects } from '../label-selector.ts';
import type { Pod, Workload } from '../pod.ts';

/**
 * The label by which owners say whether drills may touch their pods. `allowed` on the Deployment (or on a ReplicaSet
 * without one) opts in; `never` on a pod or on its workload forbids it, whatever else is said.
 */
export const DRILLS_LABEL = 'pooler.dev/drills';

/** The pod that we run in ourselves. */
export interface OwnPod {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Why a pod is no candidate:
 * - `own-pod`: it is the pod that would do it;
 * - `opted-out`: it or its workload says `never`;
 * - `not-running`: its phase is not `Running`;
 * - `terminating`: it is on its way out already;
 * - `no-workload`: no Deployment or ReplicaSet stands behind it, so nobody would replace it;
 * - `not-opted-in`: its workload does not say `allowed`.
 */
export type Exclusion =
  | 'own-pod'
  | 'opted-out'
  | 'not-running'
  | 'terminating'
  | 'no-workload'
  | 'not-opted-in';

/** A pod that a drill may take away. */
export interface Candidate {
  readonly pod: Pod;
  /** What stands behind it in the end: the Deployment, or a ReplicaSet without one. */
  readonly workload: Workload;
}

export interface DrillPreview {
  /** By name. */
  readonly candidates: readonly Candidate[];
  readonly excluded: readonly { readonly pod: Pod; readonly reason: Exclusion }[];
  /** The disruption budgets that cover a candidate. */
  readonly budgets: readonly { readonly name: string; readonly disruptionsAllowed: number }[];
}

/** What the cluster says of one namespace. */
export interface NamespaceView {
  /** Those that the drill's selector selects. */
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
  readonly budgets: readonly DisruptionBudget[];
}

/** Which of the selected pods a drill may take away, why not the others, and what their budgets still allow. */
export function previewDrill(view: NamespaceView, ownPod?: OwnPod): DrillPreview {
  const candidates: Candidate[] = [];
  const excluded: { pod: Pod; reason: Exclusion }[] = [];
  const byUid = new Map(view.workloads.map((workload) => [workload.uid, workload]));
  for (const pod of view.pods.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const workload = workloadBehind(pod, byUid);
    const reason = exclusionOf(pod, workload, ownPod);
    if (reason !== undefined) excluded.push({ pod, reason });
    else if (workload) candidates.push({ pod, workload });
  }
  const budgets = view.budgets
    .filter(({ selector }) => candidates.some(({ pod }) => selects(selector, pod.labels)))
    .map(({ name, disruptionsAllowed }) => ({ name, disruptionsAllowed }));
  return { candidates, excluded, budgets };
}

function exclusionOf(
  pod: Pod,
  workload: Workload | undefined,
  ownPod: OwnPod | undefined,
): Exclusion | undefined {
  if (pod.namespace === ownPod?.namespace && pod.name === ownPod.name) return 'own-pod';
  const wish = workload?.labels[DRILLS_LABEL];
  if (pod.labels[DRILLS_LABEL] === 'never' || wish === 'never') return 'opted-out';
  if (pod.phase !== 'Running') return 'not-running';
  if (pod.terminatingAtEpochMs !== undefined) return 'terminating';
  if (workload === undefined) return 'no-workload';
  return wish === 'allowed' ? undefined : 'not-opted-in';
}

/** The top of the chain pod -> ReplicaSet -> Deployment, as far as we can see it. */
function workloadBehind(pod: Pod, byUid: ReadonlyMap<string, Workload>): Workload | undefined {
  const direct = pod.controller && byUid.get(pod.controller.uid);
  return (direct?.controller && byUid.get(direct.controller.uid)) ?? direct;
}
