import { describe, expect, it } from 'vitest';
import { BugError, invariant } from './invariant.ts';

describe('an invariant', () => {
  it('passes while it holds', () => {
    expect(() => invariant(true, 'one is one')).not.toThrow();
  });

  it('names the broken promise in a BugError', () => {
    expect(() => invariant(false, 'one was two')).toThrow(new BugError('BUG: one was two'));
  });
});
