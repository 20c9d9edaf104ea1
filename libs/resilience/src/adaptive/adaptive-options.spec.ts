import { describe, expect, it } from 'vitest';
import { resolveAdaptiveOptions, type AdaptiveOptions } from './adaptive-options.ts';

describe('the options of the adaptive limit', () => {
  it('have defaults, within what the pool may have', () => {
    expect(resolveAdaptiveOptions({}, 256)).toEqual({
      initialLimit: 20,
      minLimit: 1,
      maxLimit: 256,
      tolerance: 1.5,
      windowMs: 100,
      probeIntervalMs: 10_000,
    });
    expect(resolveAdaptiveOptions({}, 8)).toMatchObject({ initialLimit: 8, maxLimit: 8 });
    expect(resolveAdaptiveOptions({ minLimit: 50 }, 256)).toMatchObject({ initialLimit: 50 });
  });

  it.each<[AdaptiveOptions, string]>([
    [{ minLimit: 0 }, 'adaptive.minLimit must be a whole number from 1 to 32, got 0'],
    [{ minLimit: 33 }, 'adaptive.minLimit must be a whole number from 1 to 32, got 33'],
    [{ minLimit: 5, initialLimit: 4 }, 'adaptive.initialLimit must be a whole number from 5 to 32, got 4'],
    [{ initialLimit: 33 }, 'adaptive.initialLimit must be a whole number from 1 to 32, got 33'],
    [{ tolerance: 0.9 }, 'adaptive.tolerance must be a number from 1 to 10, got 0.9'],
    [{ windowMs: 0 }, 'adaptive.windowMs must be a number from 1 to 60000, got 0'],
    [{ probeIntervalMs: 99 }, 'adaptive.probeIntervalMs must be a number from 100 to 3600000, got 99'],
  ])('%j are refused with a sentence', (options, sentence) => {
    expect(() => resolveAdaptiveOptions(options, 32)).toThrow(sentence);
  });

  it('are refused by a name that does not exist', () => {
    const misspelt: object = { tolerances: 2 };
    expect(() => resolveAdaptiveOptions(misspelt, 32)).toThrow('an adaptive option');
  });
});
