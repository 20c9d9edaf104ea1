import { describe, expect, it } from 'vitest';
import { exitCodeOf } from './exit-code.ts';

describe('the exit code', () => {
  it.each([
    [0, { wasInterrupted: false, hadOwnError: false, ok: 1 }],
    [1, { wasInterrupted: false, hadOwnError: false, ok: 0 }],
    [97, { wasInterrupted: false, hadOwnError: true, ok: 0 }],
    [105, { wasInterrupted: true, hadOwnError: true, ok: 1 }],
  ])('is %d after %j', (code, end) => {
    expect(exitCodeOf(end)).toBe(code);
  });
});
