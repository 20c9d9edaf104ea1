import { describe, expect, it } from 'vitest';
import { draw, drawsOf, strikes } from './draw.ts';

const KEY = { seed: 42, proxy: 'web', toxic: 'reset_peer_downstream' };

describe('a draw', () => {
  it('depends on its arguments alone, on every machine', () => {
    expect(draw(KEY, 0, 0)).toBe(draw({ ...KEY }, 0, 0));
    expect(draw(KEY, 0, 0)).toMatchInlineSnapshot(`0.0532569957789093`);
    expect(draw(KEY, 1, 0)).toMatchInlineSnapshot(`0.06082767124275534`);
  });

  it.each([
    [{ ...KEY, seed: 43 }, 0, 0],
    [{ ...KEY, proxy: 'db' }, 0, 0],
    [{ ...KEY, toxic: 'other' }, 0, 0],
    [KEY, 1, 0],
    [KEY, 0, 1],
  ])('is another with %j, %d, %d', (key, number, count) => {
    expect(draw(key, number, count)).not.toBe(draw(KEY, 0, 0));
  });

  it('counts on from the draw that decided', () => {
    const rng = drawsOf(KEY, 3);
    expect([rng.next(), rng.next()]).toEqual([draw(KEY, 3, 1), draw(KEY, 3, 2)]);
  });
});

describe('a toxicity', () => {
  // The 99.9 % interval of a binomial with n = 100,000: 3.29 standard deviations.
  it.each([0.01, 0.1, 0.5, 0.9])('of %d strikes that share of 100,000', (toxicity) => {
    const count = 100_000;
    let struck = 0;
    for (let number = 0; number < count; number += 1) struck += strikes(KEY, number, toxicity) ? 1 : 0;
    const bound = 3.29 * Math.sqrt(count * toxicity * (1 - toxicity));
    expect(Math.abs(struck - count * toxicity)).toBeLessThan(bound);
  });

  it('of 0 never strikes, of 1 and more always', () => {
    const numbers = Array.from({ length: 1_000 }, (_, number) => number);
    expect(numbers.some((number) => strikes(KEY, number, 0))).toBe(false);
    expect(numbers.every((number) => strikes(KEY, number, 1) && strikes(KEY, number, 3.3))).toBe(true);
  });
});
