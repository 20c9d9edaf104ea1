import { describe, expect, it } from 'vitest';
import type { RequestSample } from './request-sample.ts';
import { SecondWindows } from './second-windows.ts';

const OK: RequestSample = {
  isOk: true,
  outcome: 'first-try',
  cell: 'none/first-try',
  attempts: 1,
  retries: 0,
  latencyMs: 1,
  sendLatencyMs: 1,
  failures: [],
};
const SURFACED: RequestSample = {
  ...OK,
  isOk: false,
  outcome: 'surfaced',
  cell: 'organic/surfaced',
  retries: 2,
  latencyMs: 2,
};

function requestsOf(windows: SecondWindows, first: number, seconds: number): number {
  return windows.window(first, seconds).counts.requests;
}

describe('the seconds of a run', () => {
  it('are counted one by one and give any window of them', () => {
    const windows = new SecondWindows(10);
    windows.add(0, OK);
    windows.add(1_000, OK);
    windows.add(1_000, SURFACED);
    windows.addMissed(1);
    const { counts, latency } = windows.window(1, 1);
    expect(counts).toEqual({ requests: 2, ok: 1, failed: 1, surfaced: 1, retries: 2, missed: 1 });
    expect([latency.count, latency.maxMs]).toEqual([2, 2]);
    expect(requestsOf(windows, 0, 2)).toBe(3);
    expect(requestsOf(windows, 2, 5)).toBe(0);
  });

  it('begin before t = 0', () => {
    const windows = new SecondWindows(3);
    for (const second of [-2, -1, 0]) windows.add(second * 1_000, OK);
    expect(requestsOf(windows, -2, 3)).toBe(3);
    expect(requestsOf(windows, -1, 1)).toBe(1);
  });

  it('are kept as many as the ring has: the oldest make room, and nothing is counted for them any more', () => {
    const windows = new SecondWindows(3);
    for (let second = 0; second < 5; second += 1) expect(windows.add(second * 1_000, OK)).toBe(true);
    expect(windows.add(1_000, OK)).toBe(false);
    expect(windows.addMissed(1)).toBe(false);
    expect(windows.merge(windows.snapshot(1))).toBe(false);
    expect([0, 1, 2, 3, 4].map((second) => requestsOf(windows, second, 1))).toEqual([0, 0, 1, 1, 1]);
  });

  it('leave no trace of an older second in a place that was used before', () => {
    const windows = new SecondWindows(2);
    windows.add(0, SURFACED);
    windows.add(2_000, OK);
    expect(windows.window(2, 1).counts).toMatchObject({ requests: 1, failed: 0, retries: 0 });
    expect(windows.window(2, 1).latency.maxMs).toBe(1);
  });

  it('tell of each tenth whether requests ended in it, and whose doing it was when they failed', () => {
    const windows = new SecondWindows(5);
    windows.add(-1, OK);
    windows.add(0, { ...SURFACED, cell: 'injected/surfaced' });
    windows.add(99, OK);
    windows.add(250, { ...SURFACED, cell: 'organic/surfaced' });
    windows.add(999.9, { ...OK, cell: 'collateral/after-retry' });
    expect(windows.tenths(-1)).toEqual({ used: 0b1000000000, organic: 0, collateral: 0 });
    expect(windows.tenths(0)).toEqual({ used: 0b1000000101, organic: 0b100, collateral: 0b1000000000 });
    expect(windows.tenths(1)).toBeUndefined();
    expect(windows.snapshot(1).tenths).toEqual({ used: 0, organic: 0, collateral: 0 });
    expect(windows.snapshot(0).tenths).toEqual(windows.tenths(0));
  });

  it('of two segments merge into those of the whole', () => {
    const [whole, left, right, merged] = [1, 2, 3, 4].map(() => new SecondWindows(5));
    for (const windows of [whole, left]) windows?.add(3_000, OK);
    for (const windows of [whole, right]) {
      windows?.add(3_000, SURFACED);
      windows?.addMissed(3);
    }
    for (const windows of [left, right]) if (windows) merged?.merge(windows.snapshot(3));
    expect(merged?.snapshot(3)).toEqual(whole?.snapshot(3));
  });

  it('come as a snapshot without counts where nothing has happened', () => {
    expect(new SecondWindows(5).snapshot(7)).toMatchObject({ second: 7, counts: { requests: 0 } });
  });

  it('cannot be kept without an end', () => {
    expect(() => new SecondWindows(3601)).toThrow('seconds must be a whole number from 1 to 3600, got 3601');
  });
});
