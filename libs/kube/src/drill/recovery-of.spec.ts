import { describe, expect, it } from 'vitest';

import { type RequestMark, recoveryOf } from './recovery-of.ts';
import type { VictimReport } from './victim-timeline.ts';

/** A victim taken away at 1,000 ms, whose replacement was seen ready at 1,400 ms. */
const VICTIM: VictimReport = {
  pod: 'a',
  uid: 'uid-a',
  workload: 'Deployment/web',
  action: 'evict',
  finding: { kind: 'accepted', atMs: 1_000 },
  terminating: undefined,
  deleted: undefined,
  replacement: { pod: 'c', ready: { objectAtEpochMs: undefined, seenAtMs: 1_400 } },
};

/** A request of 10 ms every 100 ms from 0; affected are those that start at one of `affectedAtMs`. */
function requests(untilMs: number, affectedAtMs: readonly number[]): readonly RequestMark[] {
  return Array.from({ length: untilMs / 100 + 1 }, (_, index) => ({
    startedAtMs: index * 100,
    endedAtMs: index * 100 + 10,
    isAffected: affectedAtMs.includes(index * 100),
  }));
}

function recovery(untilMs: number, affectedAtMs: readonly number[], reactionsAtMs: readonly number[] = []) {
  return recoveryOf([VICTIM], { requests: requests(untilMs, affectedAtMs), reactionsAtMs }, 500)[0];
}

describe('the recovery from a victim', () => {
  it('is from its first affected request to the first request of a steady stretch', () => {
    expect(recovery(3_000, [1_100, 1_200, 1_600], [900, 1_150])).toEqual({
      uid: 'uid-a',
      firstAffectedAtMs: 1_100,
      detectedAtMs: 1_150,
      recoveredAtMs: 1_700,
      recoveredAfterReadyMs: 300,
    });
  });

  it('is over at the first steady stretch, whatever comes later', () => {
    expect(recovery(5_000, [1_100, 4_000])?.recoveredAtMs).toBe(1_200);
  });

  it('did not happen where the steady stretch was not seen to its end', () => {
    expect(recovery(1_600, [1_100])).toMatchObject({
      firstAffectedAtMs: 1_100,
      recoveredAtMs: undefined,
      recoveredAfterReadyMs: undefined,
    });
  });

  it('did not happen where nothing was affected, also when something was before the act', () => {
    expect(recovery(3_000, [500])).toMatchObject({ firstAffectedAtMs: undefined, recoveredAtMs: undefined });
  });

  it('counts a request that was running at the act', () => {
    const running = { startedAtMs: 950, endedAtMs: 1_050, isAffected: true };
    const [{ firstAffectedAtMs } = {}] = recoveryOf(
      [VICTIM],
      { requests: [running], reactionsAtMs: [] },
      500,
    );
    expect(firstAffectedAtMs).toBe(950);
  });

  it('may come before the replacement, when the other pods carry on', () => {
    expect(recovery(3_000, [1_000])?.recoveredAfterReadyMs).toBe(-300);
  });

  it('is not asked of a victim that was spared', () => {
    const spared: VictimReport = { ...VICTIM, finding: { kind: 'spared', reason: 'gone' } };
    expect(recoveryOf([spared], { requests: [], reactionsAtMs: [] }, 500)).toEqual([]);
  });
});
