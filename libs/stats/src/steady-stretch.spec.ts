import { describe, expect, it } from 'vitest';
import { SteadyStretch } from './steady-stretch.ts';

/** What is found at each look, one every 100 ms from 0; affected are those of `affectedAtMs`. */
function looks(untilMs: number, affectedAtMs: readonly number[]): Array<number | undefined> {
  const stretch = new SteadyStretch(500);
  return Array.from({ length: untilMs / 100 + 1 }, (_, index) =>
    stretch.add(index * 100, affectedAtMs.includes(index * 100)),
  );
}

describe('a steady stretch', () => {
  it('is known once it has lasted, and begins where nothing was affected any more', () => {
    const found = looks(900, [0, 100, 300]);
    expect(found.indexOf(400)).toBe(9);
    expect(found.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => undefined));
  });

  it('is the first, whatever comes right behind it', () => {
    expect(looks(500, [500]).at(-1)).toBe(0);
  });

  it('is none where it was not seen to its end', () => {
    expect(looks(800, [300])).not.toContain(400);
  });
});
