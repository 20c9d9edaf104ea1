import { describe, expect, it } from 'vitest';
import { resolveAdaptiveOptions, type AdaptiveOptions } from './adaptive-options.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';

const WINDOW_MS = 100;
const MAX = 100;

/** A peer whose answers all take as long as the test says, and which gets as many requests at once as the limit lets. */
class Timeline {
  readonly #limit: ConcurrencyLimit;
  nowMs = 0;

  constructor(options: AdaptiveOptions = {}) {
    this.#limit = new ConcurrencyLimit(resolveAdaptiveOptions(options, MAX));
  }

  get limit(): number {
    return this.#limit.limit;
  }

  /** One window of answers. Returns the limit after it. */
  answers(tookMs: number, leases = this.limit): number {
    const leasedAtMs = this.nowMs;
    this.nowMs += Math.max(WINDOW_MS, tookMs);
    for (let i = 0; i < 10; i += 1) this.#limit.onAnswer(this.nowMs - tookMs, leases, this.nowMs);
    expect(this.nowMs - tookMs).toBeGreaterThanOrEqual(leasedAtMs);
    return this.limit;
  }

  /** As many windows of such answers. Returns the limit after each. */
  windows(count: number, tookMs: number, leases?: number): number[] {
    return Array.from({ length: count }, () => this.answers(tookMs, leases));
  }

  /** Learns that an unloaded peer takes so long: by a second window, and one of half the load that is no faster. */
  learn(tookMs: number): void {
    const before = this.limit;
    this.windows(3, tookMs);
    expect(this.limit).toBe(before);
  }

  /** Answers within the present window, and not at its end. */
  early(count: number, tookMs: number): void {
    this.nowMs += tookMs;
    for (let i = 0; i < count; i += 1) this.#limit.onAnswer(this.nowMs - tookMs, this.limit, this.nowMs);
  }

  /** Requests that began `agoMs` ago fail, all at the same moment. */
  failures(count: number, agoMs: number): number {
    const leases = this.limit;
    for (let i = 0; i < count; i += 1) this.#limit.onFailure(this.nowMs - agoMs, leases, this.nowMs);
    return this.limit;
  }
}

describe('the limit', () => {
  it('begins at 20, or where it is told to', () => {
    expect(new Timeline().limit).toBe(20);
    expect(new Timeline({ initialLimit: 7 }).limit).toBe(7);
  });

  it('grows by half its root in every window of answers as fast as those of the unloaded peer, up to its maximum', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    expect(timeline.windows(3, 20)).toEqual([68, 72, 76]);
    expect(timeline.windows(10, 20).at(-1)).toBe(MAX);
  });

  it('takes answers within the tolerance for as fast', () => {
    const timeline = new Timeline({ initialLimit: 64, tolerance: 2 });
    timeline.learn(20);
    expect(timeline.answers(40)).toBe(68);
  });

  it('shrinks when response times double, and comes to rest where its headroom makes up for that', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    // The gradient is (1.5 × 20 + 1) / 40.
    expect(timeline.answers(40)).toBe(Math.floor(64 + (64 * (31 / 40) + 8 - 64) / 2));
    expect(timeline.windows(95, 40).at(-1)).toBe(Math.floor((40 / (40 - 31)) ** 2));
  });

  it('takes no answer for slower than half: one bad window does not bring it down', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    expect(timeline.answers(2_000)).toBe(64 + (32 + 8 - 64) / 2);
  });

  it('never falls below its minimum', () => {
    const timeline = new Timeline({ initialLimit: 20, minLimit: 15 });
    timeline.learn(20);
    expect(Math.min(...timeline.windows(50, 200))).toBe(15);
  });

  it('can grow again from 1', () => {
    const timeline = new Timeline({ initialLimit: 1 });
    timeline.windows(2, 20);
    expect(timeline.windows(4, 20)).toEqual([1, 2, 2, 3]);
  });

  it('takes a difference below a millisecond for jitter', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(0.2);
    expect(timeline.answers(1.2)).toBe(68);
  });

  it('stays where it is while less than half of it is used, be answers fast or slow', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    expect(timeline.windows(5, 20, 31)).toEqual([64, 64, 64, 64, 64]);
    expect(timeline.windows(5, 200, 31)).toEqual([64, 64, 64, 64, 64]);
  });

  it('stays for the first window of a load that has just come: the queue is not there yet', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    timeline.answers(20, 31);
    expect(timeline.windows(2, 200, 32)).toEqual([64, 64 + (32 + 8 - 64) / 2]);
  });

  it('stays where it is while nothing happens', () => {
    const timeline = new Timeline();
    timeline.learn(20);
    timeline.nowMs += 3_600_000;
    expect(timeline.limit).toBe(20);
  });
});

describe('a window', () => {
  /** A limit of 64 that has seen its first window, at 1,000 ms, and asks for half the load after the next. */
  const warm = (): ConcurrencyLimit => {
    const limit = new ConcurrencyLimit(resolveAdaptiveOptions({ initialLimit: 64 }, MAX));
    for (let i = 0; i < 10; i += 1) limit.onAnswer(0, 64, 1_000);
    return limit;
  };
  const limitsAfter = (limit: ConcurrencyLimit, count: number, leasedAtMs: number, nowMs: number): number => {
    for (let i = 0; i < count; i += 1) limit.onAnswer(leasedAtMs, 64, nowMs);
    return limit.limit;
  };

  it('is no shorter than its time, however many answers come', () => {
    const limit = warm();
    expect(limitsAfter(limit, 1_000, 1_000, 1_099)).toBe(64);
    expect(limitsAfter(limit, 1, 1_000, 1_100)).toBe(32);
  });

  it('has ten results, however long that takes', () => {
    const limit = warm();
    expect(limitsAfter(limit, 9, 1_000, 61_000)).toBe(64);
    expect(limitsAfter(limit, 1, 1_000, 61_000)).toBe(32);
  });

  it('has no answers that were asked for before it: they tell of an earlier limit', () => {
    const limit = warm();
    expect(limitsAfter(limit, 1_000, 999, 61_000)).toBe(64);
    expect(limitsAfter(limit, 10, 1_000, 61_000)).toBe(32);
  });
});

describe('failures', () => {
  it('cut the limit to nine tenths once for each burst', () => {
    const timeline = new Timeline({ initialLimit: 100 });
    timeline.learn(20);
    timeline.nowMs += 1_000;
    expect(timeline.failures(100, 1_000)).toBe(90);
    timeline.nowMs += 500;
    // These had begun before the cut.
    expect(timeline.failures(100, 1_000)).toBe(90);
    timeline.nowMs += 1_000;
    expect(timeline.failures(100, 1_000)).toBe(81);
  });

  it('cut nothing when fewer than a tenth of the results are failures', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    timeline.early(10, 20);
    expect(timeline.failures(1, 20)).toBe(64);
    expect(timeline.answers(20)).toBe(68);
  });

  it('cut it when a tenth are', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    timeline.early(8, 20);
    timeline.failures(1, 20);
    expect(timeline.answers(20)).toBe(Math.floor(64 * 0.9));
  });

  it('cut nothing while less than half the limit is used: then it is not the limit that is too high', () => {
    const limit = new ConcurrencyLimit(resolveAdaptiveOptions({}, MAX));
    for (let at = 0; at < 10_000; at += 10) limit.onFailure(at, 9, at);
    expect(limit.limit).toBe(20);
  });

  it('never bring it below its minimum', () => {
    const timeline = new Timeline({ initialLimit: 20, minLimit: 12 });
    timeline.learn(20);
    for (let i = 0; i < 50; i += 1) {
      timeline.nowMs += 100;
      timeline.failures(10, 100);
    }
    expect(timeline.limit).toBe(12);
  });
});

describe('a probe', () => {
  it('halves the load until answers are no faster, and goes on where they were as fast', () => {
    const timeline = new Timeline({ initialLimit: 32 });
    // A peer that works on four at once, for 20 ms each.
    const limits: number[] = [];
    timeline.answers(160);
    for (let i = 0; i < 5; i += 1) limits.push(timeline.answers(20 * Math.max(1, timeline.limit / 4)));
    expect(limits).toEqual([16, 8, 4, 2, 4]);
  });

  it('goes down to the minimum at most', () => {
    const timeline = new Timeline({ initialLimit: 6, minLimit: 2 });
    timeline.answers(120);
    expect([120, 60, 40].map((tookMs) => timeline.answers(tookMs))).toEqual([3, 2, 3]);
  });

  it('comes again after its interval, while answers are slower than the unloaded ones', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    const limits = timeline.windows(210, 22);
    const probes = limits.flatMap((limit, index) => (limit === MAX / 2 ? [index] : []));
    // Then it knows that these are as good as it gets.
    expect(probes).toEqual([99]);
  });

  it('learns that the peer has become slower for good', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    timeline.learn(20);
    timeline.windows(100, 60);
    expect(timeline.limit).toBeLessThan(20);
    expect(timeline.windows(100, 60).at(-1)).toBe(MAX);
  });

  it('does not come while the limit is not reached: whoever has so little under way would only be disturbed', () => {
    const timeline = new Timeline({ initialLimit: 64 });
    expect(timeline.windows(5, 20, 63)).toEqual([64, 64, 64, 64, 64]);
    expect(timeline.answers(20, 64)).toBe(32);
  });

  it('does not come where answers stay as fast as ever', () => {
    const timeline = new Timeline({ initialLimit: MAX });
    timeline.learn(20);
    expect(Math.min(...timeline.windows(1_000, 20))).toBe(MAX);
  });

  it('never takes more than a twentieth of the time', () => {
    const timeline = new Timeline({ initialLimit: 64, probeIntervalMs: 100 });
    timeline.learn(3_000);
    // That took 3 s, so the next one comes after 60 s.
    const limits = timeline.windows(20, 3_300);
    expect(limits.findIndex((limit, index) => limit < 0.6 * (limits[index - 1] ?? 64))).toBe(18);
  });

  it('is given up at failures, and the limit is cut from where it was', () => {
    const timeline = new Timeline({ initialLimit: 100 });
    timeline.windows(2, 20);
    expect(timeline.limit).toBe(50);
    timeline.nowMs += 100;
    expect(timeline.failures(10, 100)).toBe(90);
  });

  it('says when it is over that whoever waits has a turn', () => {
    const limit = new ConcurrencyLimit(resolveAdaptiveOptions({}, MAX));
    const heard = [100, 200, 300].flatMap((nowMs) =>
      Array.from({ length: 10 }, () => limit.onAnswer(nowMs - 100, limit.limit, nowMs)),
    );
    expect(heard.flatMap((hasGrown, index) => (hasGrown ? [index] : []))).toEqual([29]);
  });
});
