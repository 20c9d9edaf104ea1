import { describe, expect, it } from 'vitest';
import { compare } from '../differential/compare.ts';
import { STRICTER } from '../differential/differences.ts';

const RESPONSES = 200_000;

describe.each([2, 3, 4, 5, 6])(`${RESPONSES} responses mutated by seed %i`, (seed) => {
  it("end for us where they end for Node's parser, with the same body, but for the listed differences", async () => {
    const { weAreStricter, disagreements } = await compare(seed, RESPONSES);
    expect(disagreements).toEqual([]);
    expect([...weAreStricter.keys()].filter((reason) => !(reason in STRICTER))).toEqual([]);
  });
});
