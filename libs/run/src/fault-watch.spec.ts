import { describe, expect, it } from 'vitest';
import type { FaultEffect, PlannedFault } from '#libs/campaign';
import { FaultWatch } from './fault-watch.ts';

/** Ends at 1,500 ms. */
const CRASH: PlannedFault = {
  id: 'crash',
  type: 'crash',
  where: 'target',
  startMs: 1_000,
  endMs: 1_500,
  expectedHits: undefined,
};
const RESETS: PlannedFault = { ...CRASH, id: 'resets', type: 'reset', where: 'client' };
const SEEN = { attempts: 7, firstMs: 1_012, lastMs: 1_490 };

interface Course {
  readonly seconds?: number;
  /** The tenths in which something failed, by their start. */
  readonly organicMs?: readonly number[];
  readonly collateralMs?: readonly number[];
  readonly isUsed?: (atMs: number) => boolean;
  readonly isShown?: (second: number) => boolean;
  readonly sighting?: typeof SEEN | undefined;
}

/** What is said of a fault after a run whose every tenth has requests. */
function effectOf(fault: PlannedFault, course: Course): FaultEffect {
  const {
    seconds = 6,
    organicMs = [],
    collateralMs = [],
    isUsed = () => true,
    isShown = () => true,
  } = course;
  const sighting = 'sighting' in course ? course.sighting : SEEN;
  const watch = new FaultWatch(fault);
  for (let second = -1; second < seconds; second += 1) {
    const bits = (holds: (atMs: number) => boolean): number =>
      Array.from({ length: 10 }, (_, tenth) => (holds(second * 1_000 + tenth * 100) ? 1 << tenth : 0)).reduce(
        (all, bit) => all | bit,
      );
    const tenths = {
      used: bits(isUsed),
      organic: bits((atMs) => organicMs.includes(atMs)),
      collateral: bits((atMs) => collateralMs.includes(atMs)),
    };
    watch.feed(second, isShown(second) ? tenths : undefined, sighting);
  }
  return watch.effect(sighting);
}

describe('a fault of the target', () => {
  it('is over for the client when nothing has failed organically for two seconds after its end', () => {
    expect(effectOf(CRASH, { organicMs: [1_000, 1_500, 1_600, 1_900] })).toEqual({
      hits: undefined,
      detectedMs: 1_012,
      recoveredMs: 2_000,
    });
  });

  it('is over with its window at the earliest, also where all has been well before', () => {
    expect(effectOf(CRASH, { organicMs: [1_000] }).recoveredMs).toBe(1_500);
  });

  it('is over at the first steady stretch, whatever comes later, and faults of the client beside it', () => {
    expect(effectOf(CRASH, { organicMs: [4_000], collateralMs: [1_600, 1_700] }).recoveredMs).toBe(1_500);
  });

  it('is over from when requests ended again, where there was a time without any', () => {
    expect(effectOf(CRASH, { isUsed: (atMs) => atMs < 1_500 || atMs >= 2_300 }).recoveredMs).toBe(2_300);
  });

  it('has no end where the steady stretch was not seen to its own', () => {
    expect(effectOf(CRASH, { seconds: 3, organicMs: [1_500] })).toMatchObject({ recoveredMs: null });
    expect(effectOf(CRASH, { organicMs: [3_900] })).toMatchObject({ recoveredMs: 1_500 });
    expect(effectOf(CRASH, { organicMs: [2_900, 4_500, 5_900] })).toMatchObject({ recoveredMs: null });
  });

  it('has no end where its first seconds were shown to another, who owned the run before', () => {
    expect(effectOf(CRASH, { isShown: (second) => second > 2 })).toMatchObject({ recoveredMs: null });
    expect(effectOf(CRASH, { isShown: (second) => second > 0 })).toMatchObject({ recoveredMs: 1_500 });
  });

  it('that nobody has seen was not recovered from either', () => {
    expect(effectOf(CRASH, { sighting: undefined })).toEqual({
      hits: undefined,
      detectedMs: null,
      recoveredMs: null,
    });
  });
});

describe('a fault of the client', () => {
  it('is over when the last that it struck has ended and nothing is collateral any more', () => {
    const sighting = { ...SEEN, lastMs: 1_850 };
    expect(effectOf(RESETS, { sighting })).toEqual({ hits: 7, detectedMs: 1_012, recoveredMs: 1_900 });
    expect(effectOf(RESETS, { sighting, collateralMs: [2_200] }).recoveredMs).toBe(2_300);
  });

  it('is over also while others fail organically', () => {
    expect(effectOf(RESETS, { organicMs: [1_600, 3_000, 5_000] }).recoveredMs).toBe(1_500);
  });

  it('has struck nothing where nothing was seen of it', () => {
    expect(effectOf(RESETS, { sighting: undefined })).toEqual({
      hits: 0,
      detectedMs: null,
      recoveredMs: null,
    });
  });
});
