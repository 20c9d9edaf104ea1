import { epochMsOf, itemsOf, labelsOf, objectOf, textOf } from './json-object.ts';

/** The object that controls another one: of its owner references the one with `controller: true`. */
export interface Controller {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** What a drill needs to know of a pod. Times are the cluster's, in milliseconds since 1970, exact to the second. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly controller: Controller | undefined;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`. */
  readonly phase: string;
  /** When its condition `Ready` became true; undefined while it is not. */
  readonly readyAtEpochMs: number | undefined;
  /** When its removal was asked for; undefined for a pod that may stay. */
  readonly terminatingAtEpochMs: number | undefined;
}

/** A Deployment or a ReplicaSet: what stands behind a pod, and says whether drills may touch it. */
export interface Workload {
  readonly kind: 'Deployment' | 'ReplicaSet';
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly controller: Controller | undefined;
}

/** Reads a pod of the API's JSON (core/v1 Pod). */
export function podOf(json: unknown): Pod {
  const pod = objectOf(json);
  const metadata = objectOf(pod['metadata']);
  const status = objectOf(pod['status']);
  return {
    namespace: textOf(metadata['namespace']),
    name: textOf(metadata['name']),
    uid: textOf(metadata['uid']),
    labels: labelsOf(metadata['labels']),
    controller: controllerOf(metadata),
    phase: textOf(status['phase']),
    readyAtEpochMs: readyAtEpochMs(status),
    terminatingAtEpochMs: terminatingAtEpochMs(metadata),
  };
}

/** Reads a workload; its metadata is all that is needed (meta/v1 PartialObjectMetadata). */
export function workloadOf(kind: Workload['kind'], json: unknown): Workload {
  const metadata = objectOf(objectOf(json)['metadata']);
  return {
    kind,
    name: textOf(metadata['name']),
    uid: textOf(metadata['uid']),
    labels: labelsOf(metadata['labels']),
    controller: controllerOf(metadata),
  };
}

function controllerOf(metadata: Readonly<Record<string, unknown>>): Controller | undefined {
  const owner = itemsOf(metadata['ownerReferences'])
    .map(objectOf)
    .find((reference) => reference['controller'] === true);
  return owner && { kind: textOf(owner['kind']), name: textOf(owner['name']), uid: textOf(owner['uid']) };
}

function readyAtEpochMs(status: Readonly<Record<string, unknown>>): number | undefined {
  const ready = itemsOf(status['conditions'])
    .map(objectOf)
    .find((condition) => condition['type'] === 'Ready');
  return ready?.['status'] === 'True' ? epochMsOf(ready['lastTransitionTime']) : undefined;
}

/**
 * `deletionTimestamp` is not when the removal was asked for but when its grace period will be over
 * (meta/v1 ObjectMeta, "deletionTimestamp" and "deletionGracePeriodSeconds").
 */
function terminatingAtEpochMs(metadata: Readonly<Record<string, unknown>>): number | undefined {
  const endOfGraceEpochMs = epochMsOf(metadata['deletionTimestamp']);
  if (endOfGraceEpochMs === undefined) return undefined;
  const graceSeconds = metadata['deletionGracePeriodSeconds'];
  return endOfGraceEpochMs - (typeof graceSeconds === 'number' ? graceSeconds * 1_000 : 0);
}
