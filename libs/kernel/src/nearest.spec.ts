import { describe, expect, it } from 'vitest';
import { nearestOf } from './nearest.ts';

const NAMES = ['latency', 'reset', 'drop', 'status'];

describe('the nearest of some names', () => {
  it.each([
    ['itself', 'reset', 'reset'],
    ['one letter off', 'resat', 'reset'],
    ['one letter short', 'latncy', 'latency'],
    ['one letter more', 'dropp', 'drop'],
    ['two letters the wrong way round', 'sttaus', 'status'],
  ])('is found for a word that is %s', (_how, word, nearest) => {
    expect(nearestOf(word, NAMES)).toBe(nearest);
  });

  it('is the first of equals', () => {
    expect(nearestOf('ab', ['ac', 'ad'])).toBe('ac');
  });

  it('is nothing where there are no names', () => {
    expect(nearestOf('x', [])).toBeUndefined();
  });
});
