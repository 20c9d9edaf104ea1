import { describe, expect, it } from 'vitest';

import type { Pod } from '../pod.ts';
import { WEB, webPod } from './pods.spec-helper.ts';
import { previewDrill } from './preview-drill.ts';
import { VictimTimeline } from './victim-timeline.ts';

const [A, B] = [webPod('a'), webPod('b')];

/** Follows `victims` of the pods `a` and `b`, which the first list held at 0 ms. */
function timelineOf(...victims: Pod[]): VictimTimeline {
  const { candidates } = previewDrill({ pods: victims, workloads: WEB, budgets: [] });
  const timeline = new VictimTimeline('evict', candidates);
  timeline.observe({ kind: 'listed', pods: [A, B] }, 0);
  return timeline;
}

const ending = (pod: Pod): Pod => ({ ...pod, terminatingAtEpochMs: 50_000 });
const accepted = { kind: 'accepted', atMs: 10 } as const;

describe('the timeline of a victim', () => {
  it('notes when it began to end, was gone, and when its replacement was ready', () => {
    const timeline = timelineOf(A);
    timeline.found(A.uid, accepted);
    timeline.observe({ kind: 'applied', pod: ending(A) }, 12);
    timeline.observe({ kind: 'applied', pod: webPod('c', { readyAtEpochMs: undefined }) }, 20);
    timeline.observe({ kind: 'applied', pod: webPod('c', { readyAtEpochMs: 52_000 }) }, 2_020);
    expect(timeline.isComplete).toBe(false);
    timeline.observe({ kind: 'deleted', pod: ending(A) }, 5_030);
    expect(timeline.isComplete).toBe(true);
    expect(timeline.report()).toEqual([
      {
        pod: 'a',
        uid: 'uid-a',
        workload: 'Deployment/web',
        action: 'evict',
        finding: accepted,
        terminating: { objectAtEpochMs: 50_000, seenAtMs: 12 },
        deleted: { objectAtEpochMs: undefined, seenAtMs: 5_030 },
        replacement: { pod: 'c', ready: { objectAtEpochMs: 52_000, seenAtMs: 2_020 } },
      },
    ]);
  });

  it('keeps the first news of each kind', () => {
    const timeline = timelineOf(A);
    timeline.observe({ kind: 'applied', pod: ending(A) }, 12);
    timeline.observe({ kind: 'applied', pod: ending(A) }, 400);
    timeline.observe({ kind: 'applied', pod: webPod('c') }, 500);
    timeline.observe({ kind: 'applied', pod: webPod('c') }, 600);
    const [report] = timeline.report();
    expect(report?.terminating?.seenAtMs).toBe(12);
    expect(report?.replacement?.ready.seenAtMs).toBe(500);
  });

  it('takes no pod that was there before for a replacement, nor one of another ReplicaSet', () => {
    const timeline = timelineOf(A);
    timeline.observe({ kind: 'deleted', pod: A }, 10);
    timeline.observe({ kind: 'applied', pod: B }, 20);
    const other = { kind: 'ReplicaSet', name: 'db-1', uid: 'replicaset-db-1' };
    timeline.observe({ kind: 'applied', pod: webPod('x', { controller: other }) }, 30);
    expect(timeline.report()[0]?.replacement).toBeUndefined();
  });

  it('counts one replacement for one victim, in their order', () => {
    const timeline = timelineOf(A, B);
    for (const pod of [A, B]) {
      timeline.found(pod.uid, accepted);
      timeline.observe({ kind: 'deleted', pod }, 10);
    }
    timeline.observe({ kind: 'applied', pod: webPod('c') }, 20);
    expect(timeline.isComplete).toBe(false);
    timeline.observe({ kind: 'applied', pod: webPod('d') }, 30);
    expect(timeline.isComplete).toBe(true);
    expect(timeline.report().map(({ replacement }) => replacement?.pod)).toEqual(['c', 'd']);
  });

  it('gives no replacement to a victim that was blocked', () => {
    const timeline = timelineOf(A, B);
    timeline.found(A.uid, { kind: 'blocked', reason: 'budget' });
    timeline.observe({ kind: 'applied', pod: ending(A) }, 5);
    timeline.found(B.uid, accepted);
    timeline.observe({ kind: 'deleted', pod: B }, 10);
    timeline.observe({ kind: 'applied', pod: webPod('c') }, 20);
    expect(timeline.report().map(({ replacement }) => replacement?.pod)).toEqual([undefined, 'c']);
    expect(timeline.isComplete).toBe(true);
  });

  it('learns from a later list what the watch had lost', () => {
    const timeline = timelineOf(A);
    timeline.found(A.uid, accepted);
    timeline.observe({ kind: 'listed', pods: [B, webPod('c')] }, 700);
    const [report] = timeline.report();
    expect(report?.deleted?.seenAtMs).toBe(700);
    expect(report?.replacement).toMatchObject({ pod: 'c', ready: { seenAtMs: 700 } });
    expect(timeline.isComplete).toBe(true);
  });

  it('calls a victim that was never reached cancelled', () => {
    expect(timelineOf(A).report()[0]?.finding).toEqual({ kind: 'cancelled' });
  });
});
