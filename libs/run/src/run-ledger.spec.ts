import { describe, expect, it } from 'vitest';
import { RunTally, SecondWindows } from '#libs/stats';
import { RunLedger, type SegmentPart } from './run-ledger.ts';
import { planOf, specOf } from './scripted-load.spec-helper.ts';

/** A part whose every second until `untilMs` had one failure. */
function partOf(untilMs: number, owner: Partial<SegmentPart> = {}): SegmentPart {
  const tally = new RunTally();
  const windows = new SecondWindows(20);
  for (let second = -2; (second + 1) * 1_000 <= untilMs; second += 1) {
    const sample = {
      isOk: false,
      outcome: 'surfaced',
      cell: 'organic/surfaced',
      attempts: 1,
      retries: 0,
      latencyMs: 5,
      sendLatencyMs: 5,
      failures: [],
    } as const;
    tally.phases.stages.add(sample);
    windows.add(second * 1_000, sample);
  }
  const last = Math.floor(untilMs / 1_000) - 1;
  return {
    segment: 0,
    epoch: 1,
    stage: 'sending',
    untilMs,
    inFlight: 0,
    tally: tally.snapshot(),
    seconds: [last - 1, last].map((second) => windows.snapshot(second)),
    faults: { resets: { attempts: 2, firstMs: untilMs - 500, lastMs: untilMs } },
    ...owner,
  };
}

function takeAll(ledger: RunLedger): Array<[number, number]> {
  const taken: Array<[number, number]> = [];
  for (let second = ledger.takeSecond(); second; second = ledger.takeSecond()) {
    taken.push([second.number, second.read('failed.rate', 1).samples]);
  }
  return taken;
}

describe('a ledger', () => {
  it('takes each full second once, however often a part is shown', () => {
    const ledger = new RunLedger(planOf(specOf()), 1);
    ledger.add(partOf(-500));
    ledger.add(partOf(-500));
    expect(takeAll(ledger)).toEqual([[-2, 1]]);
    ledger.add(partOf(1_000));
    expect(takeAll(ledger)).toEqual([
      [-1, 1],
      [0, 1],
    ]);
    expect(ledger.counts().requests).toBe(3);
  });

  it('waits for every segment, but not for one that has fallen behind', () => {
    const ledger = new RunLedger(planOf(specOf(), 2), 1);
    ledger.add(partOf(0));
    expect(takeAll(ledger)).toEqual([]);
    ledger.add(partOf(-1_000, { segment: 1 }));
    expect(takeAll(ledger)).toEqual([[-2, 2]]);
    ledger.add(partOf(2_000));
    expect(takeAll(ledger)).toEqual([[-1, 1]]);
  });

  it('does not wait for a segment that is over', () => {
    const ledger = new RunLedger(planOf(specOf(), 2), 1);
    ledger.add(partOf(-1_500, { segment: 1, stage: 'over' }));
    ledger.add(partOf(0));
    expect(takeAll(ledger).map(([second]) => second)).toEqual([-2, -1]);
  });

  it('adds up what the owners of one segment have counted', () => {
    const ledger = new RunLedger(planOf(specOf()), 1);
    ledger.add(partOf(1_000, { epoch: 1 }));
    ledger.add(partOf(2_000, { epoch: 2 }));
    expect(ledger.tally().total().counts.requests).toBe(7);
    expect(ledger.sightings()).toEqual(new Map([['resets', { attempts: 4, firstMs: 500, lastMs: 2_000 }]]));
  });

  it('tells of each second that it has taken what befell its requests, in any segment', () => {
    const ledger = new RunLedger(planOf(specOf(), 2), 1);
    ledger.add(partOf(-1_000));
    ledger.add(partOf(-1_000, { segment: 1, seconds: [] }));
    expect(takeAll(ledger)).toEqual([[-2, 1]]);
    expect(ledger.tenths(-2)).toEqual({ used: 1, organic: 1, collateral: 0 });
    expect(ledger.tenths(-1)).toBeUndefined();
  });
});
