import type { Pod, Workload } from '../pod.ts';
import { DRILLS_LABEL } from './preview-drill.ts';

/** The Deployment `web`, which lets drills in, and its ReplicaSet. */
export const WEB: readonly Workload[] = [
  {
    kind: 'Deployment',
    name: 'web',
    uid: 'deployment-web',
    labels: { [DRILLS_LABEL]: 'allowed' },
    controller: undefined,
  },
  {
    kind: 'ReplicaSet',
    name: 'web-1',
    uid: 'replicaset-web-1',
    labels: {},
    controller: { kind: 'Deployment', name: 'web', uid: 'deployment-web' },
  },
];

/** A running, ready pod of `WEB`. */
export function webPod(name: string, differing: Partial<Pod> = {}): Pod {
  return {
    namespace: 'demo',
    name,
    uid: `uid-${name}`,
    labels: { app: 'web' },
    controller: { kind: 'ReplicaSet', name: 'web-1', uid: 'replicaset-web-1' },
    phase: 'Running',
    readyAtEpochMs: 1_000,
    terminatingAtEpochMs: undefined,
    ...differing,
  };
}
