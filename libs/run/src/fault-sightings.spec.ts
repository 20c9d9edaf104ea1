import { describe, expect, it } from 'vitest';
import type { PlannedFault } from '#libs/campaign';
import type { AttemptError, AttemptRecord } from '#libs/records';
import { attemptWith, requestWith } from '#libs/testing';
import { FaultSightings, joined } from './fault-sightings.ts';

const T0 = 5_000;
const RESET: AttemptError = { code: 'PLR_RESET', phase: 'wait', errno: 'ECONNRESET' };

/** A fault of the target that is in force from 1,000 to 2,000 ms. */
const CRASH: PlannedFault = {
  id: 'crash',
  type: 'crash',
  where: 'target',
  startMs: 1_000,
  endMs: 2_000,
  expectedHits: undefined,
};

/** An attempt from `begunMs` to `endedMs`, answered with 200 but for `facts`. */
function attempt(begunMs: number, endedMs: number, facts: Partial<AttemptRecord> = {}): AttemptRecord {
  const statusCode = facts.error ? undefined : 200;
  return attemptWith({ queuedAtMs: T0 + begunMs, endedAtMs: T0 + endedMs, statusCode, ...facts });
}

function sightingsOf(...attempts: readonly AttemptRecord[]) {
  const sightings = new FaultSightings([CRASH], T0);
  for (const one of attempts) {
    sightings.add(requestWith([one], { startedAtMs: one.queuedAtMs, endedAtMs: one.endedAtMs }));
  }
  return sightings.snapshot();
}

describe('what a load sees of a fault', () => {
  it('of its own client are the attempts that it struck, also those that were only slowed', () => {
    const fault = { faultId: 'slow', kind: 'latency' };
    expect(sightingsOf(attempt(100, 150.4, { fault }), attempt(1_400, 1_500, { fault }))).toEqual({
      slow: { attempts: 2, firstMs: 150, lastMs: 1_500 },
    });
  });

  it('of the target are the organic failures while it was in force', () => {
    expect(
      sightingsOf(
        attempt(800, 999, { error: RESET }),
        attempt(990, 1_010, { error: RESET }),
        attempt(1_200, 1_210, { statusCode: 503 }),
        attempt(1_990, 2_400, { error: RESET }),
        attempt(2_000, 2_010, { error: RESET }),
      ),
    ).toEqual({ crash: { attempts: 3, firstMs: 1_010, lastMs: 2_400 } });
  });

  it('of the target are no answers, no faults of the client and nothing collateral', () => {
    expect(
      sightingsOf(
        attempt(1_100, 1_110),
        attempt(1_100, 1_110, { error: { ...RESET, collateral: 'cut' } }),
        attempt(1_100, 1_110, { error: RESET, fault: { faultId: 'resets', kind: 'reset' } }),
      ),
    ).toEqual({ resets: { attempts: 1, firstMs: 1_110, lastMs: 1_110 } });
  });

  it('of several loads are joined', () => {
    const one = { attempts: 2, firstMs: 100, lastMs: 900 };
    const other = { attempts: 1, firstMs: 300, lastMs: 1_300 };
    expect(joined(one, other)).toEqual({ attempts: 3, firstMs: 100, lastMs: 1_300 });
    expect(joined(undefined, other)).toEqual(other);
  });
});
