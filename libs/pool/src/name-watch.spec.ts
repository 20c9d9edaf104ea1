import { describe, expect, it } from 'vitest';
import { NameWatch } from './name-watch.ts';

const inUse = (...addresses: string[]): ReadonlySet<string> => new Set(addresses);

describe('the watch on a name', () => {
  it('finds nothing gone while every address is in the answer', () => {
    const watch = new NameWatch();
    expect(watch.onAnswer(['a', 'b'], inUse('a'))).toEqual(new Set());
    expect(watch.onAnswer(['b', 'a'], inUse('a', 'b'))).toEqual(new Set());
  });

  it('calls an address gone that two answers in a row lack', () => {
    const watch = new NameWatch();
    expect(watch.onAnswer(['b'], inUse('a', 'b'))).toEqual(new Set());
    expect(watch.onAnswer(['b'], inUse('a', 'b'))).toEqual(new Set(['a']));
  });

  it('begins anew when the address comes back, or nobody uses it for a while', () => {
    const watch = new NameWatch();
    for (const answer of [['b'], ['a'], ['b']]) {
      expect(watch.onAnswer(answer, inUse('a'))).toEqual(new Set());
    }
    watch.onAnswer(['b'], inUse());
    expect(watch.onAnswer(['b'], inUse('a'))).toEqual(new Set());
  });

  it('learns nothing from an empty answer', () => {
    const watch = new NameWatch();
    for (let i = 0; i < 3; i += 1) expect(watch.onAnswer([], inUse('a'))).toEqual(new Set());
  });
});
