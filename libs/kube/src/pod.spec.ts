import { describe, expect, it } from 'vitest';

import { podOf } from './pod.ts';

describe('a pod of the API', () => {
  it('terminates from when that was asked for, not from when its grace ends', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
    expect(podOf({ metadata }).terminatingAtEpochMs).toBe(Date.UTC(2026, 0, 1));
  });

  it('is ready only while its condition says True', () => {
    const since = '2026-01-01T00:00:00Z';
    const condition = (status: string) => ({
      status: { conditions: [{ type: 'Ready', status, lastTransitionTime: since }] },
    });
    expect(podOf(condition('True')).readyAtEpochMs).toBe(Date.UTC(2026, 0, 1));
    expect(podOf(condition('False')).readyAtEpochMs).toBeUndefined();
  });

  it('belongs to the owner that controls it', () => {
    const ownerReferences = [
      { kind: 'Other', name: 'x', uid: '1' },
      { kind: 'ReplicaSet', name: 'web-1', uid: '2', controller: true },
    ];
    expect(podOf({ metadata: { ownerReferences } }).controller).toEqual({
      kind: 'ReplicaSet',
      name: 'web-1',
      uid: '2',
    });
  });

  it('reads as empty what is absent or malformed', () => {
    expect(podOf({ metadata: { name: 5, labels: { a: 1, b: 'x' } }, status: [] })).toEqual({
      namespace: '',
      name: '',
      uid: '',
      labels: { b: 'x' },
      controller: undefined,
      phase: '',
      readyAtEpochMs: undefined,
      terminatingAtEpochMs: undefined,
    });
  });
});
