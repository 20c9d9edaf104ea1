import { describe, expect, it } from 'vitest';
import { refuseUnknownOptions } from './known-options.ts';

describe('unknown options', () => {
  it('are refused by name, with the names there are', () => {
    expect(() => refuseUnknownOptions('retry', { atempts: 3 }, { attempts: 3, backoff: {} })).toThrow(
      'a retry option must be one of attempts, backoff, got "atempts"',
    );
    expect(() => refuseUnknownOptions('adaptive', { min: 3 }, { minLimit: 1 })).toThrow(
      'an adaptive option must be one of minLimit, got "min"',
    );
  });

  it('are only those without a field of that name', () => {
    expect(() => refuseUnknownOptions('retry', { attempts: undefined }, { attempts: 3 })).not.toThrow();
  });
});
