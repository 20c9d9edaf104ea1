import type { Rng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { resolveBreakerOptions, type BreakerOptions } from '../breaker/breaker-options.ts';
import { AddressOutliers } from './address-outliers.ts';
import type { AddressMove } from './address-standing.ts';

/** Draws the start of every range: intervals are exact. */
const lowest: Rng = { next: () => 0 };
const BOTH = ['a', 'b'];

class Bench {
  readonly moves: AddressMove[] = [];
  readonly outliers: AddressOutliers;

  constructor(options: BreakerOptions = {}, addresses: readonly string[] = BOTH) {
    this.outliers = new AddressOutliers(resolveBreakerOptions(options), lowest, (move) =>
      this.moves.push(move),
    );
    this.outliers.order(addresses, 0);
  }

  /** The story so far: `address from>to cause @ms`. */
  get story(): string[] {
    return this.moves.map(
      ({ address, from, to, cause, atMs }) => `${address} ${from}>${to} ${cause} @${atMs}`,
    );
  }

  /** Whether each failure was its own. */
  fail(address: string, times: number, nowMs: number): boolean[] {
    return Array.from({ length: times }, () => this.outliers.onFailure(address, nowMs));
  }

  succeed(address: string, times: number, nowMs: number): void {
    for (let i = 0; i < times; i += 1) this.outliers.onSuccess(address, nowMs);
  }
}

/** `a` went out at 0, for 1,000 ms. */
function withoutA(options?: BreakerOptions, addresses?: readonly string[]): Bench {
  const bench = new Bench(options, addresses);
  bench.fail('a', 5, 0);
  return bench;
}

describe('an address of several', () => {
  it('goes out when it fails five times in a row, and that is its own doing', () => {
    const bench = new Bench();
    expect(bench.fail('a', 5, 0)).toEqual([false, false, false, false, true]);
    expect(bench.story).toEqual(['a in>out failures @0']);
    expect(bench.outliers.out).toEqual(['a']);
  });

  it('stays in while it succeeds now and then', () => {
    const bench = new Bench({ minCalls: 100 });
    for (let i = 0; i < 10; i += 1) {
      bench.fail('a', 4, i);
      bench.succeed('a', 1, i);
    }
    expect(bench.story).toEqual([]);
  });

  it('goes out when too large a share of its calls fails', () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i += 1) {
      bench.succeed('a', 1, i);
      bench.fail('a', 1, i);
    }
    expect(bench.story).toEqual(['a in>out rate @9']);
  });

  it('is judged by its own calls: those of the others make it neither better nor worse', () => {
    const bench = new Bench();
    bench.fail('a', 4, 0);
    bench.succeed('b', 100, 0);
    bench.fail('a', 1, 0);
    expect(bench.outliers.out).toEqual(['a']);
  });

  it('is blamed alone for what still fails on its connections while it is out', () => {
    const bench = withoutA();
    expect(bench.fail('a', 3, 1)).toEqual([true, true, true]);
    bench.succeed('a', 9, 2);
    expect(bench.story).toHaveLength(1);
  });

  it('is unknown until the name has been resolved, and nobody is blamed', () => {
    const bench = new Bench();
    expect(bench.fail('c', 9, 0)).not.toContain(true);
    expect(bench.story).toEqual([]);
  });
});

describe('the last address', () => {
  it('never goes out, be it the only one or the last that is in', () => {
    const single = new Bench({}, ['a']);
    expect(single.fail('a', 50, 0)).not.toContain(true);
    const bench = withoutA();
    expect(bench.fail('b', 50, 0)).not.toContain(true);
    expect(bench.outliers.out).toEqual(['a']);
  });

  it('fails for all: then no failure of the others is their own either, and the breaker of the origin hears of it', () => {
    const bench = withoutA();
    bench.fail('b', 5, 0);
    expect(bench.fail('a', 1, 1)).toEqual([false]);
    bench.succeed('b', 1, 2);
    expect(bench.fail('a', 1, 3)).toEqual([true]);
  });

  it('goes out when it still fails after another has come back', () => {
    const bench = withoutA();
    bench.fail('b', 5, 0);
    bench.outliers.order(BOTH, 1_000);
    bench.succeed('a', 3, 1_001);
    bench.fail('b', 1, 1_002);
    expect(bench.story.at(-1)).toBe('b in>out failures @1002');
  });
});

describe('the order in which addresses are tried', () => {
  it('is that of the answer while all are in', () => {
    expect(new Bench().outliers.order(['b', 'a'], 0)).toEqual(['b', 'a']);
  });

  it('has those that are out at its end, as the last resort', () => {
    const bench = withoutA({}, ['a', 'b', 'c']);
    expect(bench.outliers.order(['a', 'b', 'c'], 999)).toEqual(['b', 'c', 'a']);
  });

  it('begins, once, with the one whose time out is over', () => {
    const bench = withoutA();
    expect(bench.outliers.order(BOTH, 1_000)).toEqual(['a', 'b']);
    expect(bench.outliers.order(BOTH, 1_001)).toEqual(['b', 'a']);
    expect(bench.story.at(-1)).toBe('a out>on-trial interval-over @1000');
  });

  it('begins with it again after as long, when nothing came of its trial', () => {
    const bench = withoutA();
    bench.outliers.order(BOTH, 1_000);
    expect(bench.outliers.order(BOTH, 1_999)).toEqual(['b', 'a']);
    expect(bench.outliers.order(BOTH, 2_000)).toEqual(['a', 'b']);
  });

  it('tries one at a time', () => {
    const three = ['a', 'b', 'c'];
    const bench = withoutA({}, three);
    bench.fail('b', 5, 0);
    expect(bench.outliers.order(three, 1_000)).toEqual(['a', 'c', 'b']);
    expect(bench.outliers.order(three, 1_000)).toEqual(['b', 'c', 'a']);
  });

  it('is that of the answer where none of it is in', () => {
    const bench = withoutA();
    expect(bench.outliers.order(['a'], 500)).toEqual(['a']);
  });
});

describe('a trial', () => {
  it('that succeeds three times brings the address back, its past forgotten', () => {
    const bench = withoutA();
    bench.outliers.order(BOTH, 1_000);
    bench.succeed('a', 3, 1_001);
    expect(bench.story.at(-1)).toBe('a on-trial>in trials-succeeded @1001');
    expect(bench.fail('a', 5, 1_002)).toEqual([false, false, false, false, true]);
  });

  it('that fails once puts it out again, a fifth longer each time', () => {
    const bench = withoutA();
    bench.outliers.order(BOTH, 1_000);
    bench.succeed('a', 2, 1_000);
    expect(bench.fail('a', 1, 1_000)).toEqual([true]);
    expect(bench.outliers.order(BOTH, 2_199)).toEqual(['b', 'a']);
    expect(bench.outliers.order(BOTH, 2_200)).toEqual(['a', 'b']);
    bench.fail('a', 1, 2_200);
    expect(bench.outliers.order(BOTH, 3_639)).toEqual(['b', 'a']);
    expect(bench.outliers.order(BOTH, 3_640)).toEqual(['a', 'b']);
  });

  it('is never put off for longer than maxOpenMs', () => {
    const bench = withoutA({ maxOpenMs: 1_000 });
    for (let nowMs = 1_000; nowMs <= 9_000; nowMs += 1_000) {
      expect(bench.outliers.order(BOTH, nowMs)).toEqual(['a', 'b']);
      bench.fail('a', 1, nowMs);
    }
  });
});

describe('what is remembered', () => {
  it('is forgotten of an address that the name has no more', () => {
    const bench = new Bench();
    bench.fail('a', 4, 0);
    bench.outliers.order(['b'], 1);
    bench.outliers.order(BOTH, 2);
    bench.fail('a', 1, 3);
    expect(bench.story).toEqual([]);
  });

  it('is kept of one that is out until it might be tried, for large sets are answered in turns', () => {
    const bench = withoutA();
    bench.outliers.order(['b', 'c'], 1);
    expect(bench.outliers.order(BOTH, 999)).toEqual(['b', 'a']);
    bench.outliers.order(['b', 'c'], 1_000);
    expect(bench.outliers.out).toEqual([]);
  });
});
