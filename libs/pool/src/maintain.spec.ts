import { describe, expect, it } from 'vitest';
import { expireIdle } from './maintain.ts';

const idleSince = (...sinceMs: number[]): Array<{ sinceMs: number }> =>
  sinceMs.map((ms) => ({ sinceMs: ms }));

describe('the plan for idle connections', () => {
  const options = { idleTimeoutMs: 100 };

  it('has nothing to do where nothing is idle', () => {
    expect(expireIdle([], 1_000, options)).toEqual({ close: 0, nextAtMs: Infinity });
  });

  it('closes nobody before the moment, and looks again just then', () => {
    expect(expireIdle(idleSince(0, 50), 99, options)).toEqual({ close: 0, nextAtMs: 100 });
  });

  it('closes the oldest at the very moment, and looks again for the next', () => {
    expect(expireIdle(idleSince(0, 50), 100, options)).toEqual({ close: 1, nextAtMs: 150 });
  });

  it('looks no further than the first that is not due', () => {
    function* ages(): Generator<{ sinceMs: number }> {
      yield { sinceMs: 10 };
      throw new Error('looked on');
    }
    expect(expireIdle(ages(), 100, options)).toEqual({ close: 0, nextAtMs: 110 });
  });
});
