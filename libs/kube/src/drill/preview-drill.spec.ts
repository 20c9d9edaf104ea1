import { describe, expect, it } from 'vitest';

import { labelSelectorOf } from '../label-selector.ts';
import type { Pod, Workload } from '../pod.ts';
import { WEB, webPod } from './pods.spec-helper.ts';
import { DRILLS_LABEL, previewDrill } from './preview-drill.ts';

/** Why a drill on `pod` alone would leave it, `candidate` when it would not. */
function fateOf(pod: Pod, workloads: readonly Workload[] = WEB): string {
  const ownPod = { namespace: 'demo', name: 'worker-0' };
  const { candidates, excluded } = previewDrill({ pods: [pod], workloads, budgets: [] }, ownPod);
  return excluded[0]?.reason ?? `candidate of ${candidates[0]?.workload.name}`;
}

function labelled(label: string | undefined): readonly Workload[] {
  const labels: Record<string, string> = label === undefined ? {} : { [DRILLS_LABEL]: label };
  return WEB.map((workload) => (workload.kind === 'Deployment' ? { ...workload, labels } : workload));
}

describe('the preview of a drill', () => {
  it('finds a running pod whose Deployment, behind its ReplicaSet, lets drills in', () => {
    expect(fateOf(webPod('a'))).toBe('candidate of web');
  });

  it.each<[string, Pod, readonly Workload[]]>([
    ['own-pod', webPod('worker-0'), WEB],
    ['opted-out', webPod('a', { labels: { [DRILLS_LABEL]: 'never' } }), WEB],
    ['opted-out', webPod('a'), labelled('never')],
    ['not-running', webPod('a', { phase: 'Pending' }), WEB],
    ['terminating', webPod('a', { terminatingAtEpochMs: 5 }), WEB],
    ['no-workload', webPod('a', { controller: undefined }), WEB],
    ['no-workload', webPod('a', { controller: { kind: 'StatefulSet', name: 'db', uid: 'db' } }), WEB],
    ['not-opted-in', webPod('a'), labelled(undefined)],
    ['not-opted-in', webPod('a'), labelled('maybe')],
  ])('leaves a pod out as %s', (reason, pod, workloads) => {
    expect(fateOf(pod, workloads)).toBe(reason);
  });

  it('takes a ReplicaSet without a Deployment at its own word', () => {
    const lone: Workload = {
      kind: 'ReplicaSet',
      name: 'lone',
      uid: 'replicaset-web-1',
      labels: {},
      controller: undefined,
    };
    expect(fateOf(webPod('a'), [lone])).toBe('not-opted-in');
    expect(fateOf(webPod('a'), [{ ...lone, labels: { [DRILLS_LABEL]: 'allowed' } }])).toBe(
      'candidate of lone',
    );
  });

  it('shows the budgets that cover a candidate, and no others', () => {
    const budget = (name: string, app: string, disruptionsAllowed: number) => ({
      name,
      selector: labelSelectorOf({ matchLabels: { app } }),
      disruptionsAllowed,
    });
    const budgets = [budget('web', 'web', 0), budget('db', 'db', 3)];
    const preview = previewDrill({ pods: [webPod('a')], workloads: WEB, budgets });
    expect(preview.budgets).toEqual([{ name: 'web', disruptionsAllowed: 0 }]);
  });

  it('names the candidates in order, however they were listed', () => {
    const pods = [webPod('c'), webPod('a'), webPod('b')];
    const { candidates } = previewDrill({ pods, workloads: WEB, budgets: [] });
    expect(candidates.map(({ pod }) => pod.name)).toEqual(['a', 'b', 'c']);
  });
});
