import { describe, expect, it } from 'vitest';
import { draw, drawKey, threefry2x32 } from './draw.ts';

const MAX_SEED = Number.MAX_SAFE_INTEGER;

describe('threefry2x32', () => {
  // Random123, tests/kat_vectors, the lines "threefry2x32 20".
  it.each([
    { counter: [0, 0], key: [0, 0], words: [0x6b200159, 0x99ba4efe] },
    { counter: [0xffffffff, 0xffffffff], key: [0xffffffff, 0xffffffff], words: [0x1cb996fc, 0xbb002be7] },
    { counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344], words: [0xc4923a9c, 0x483df7a0] },
  ])(
    'gives the published words for counter $counter',
    ({ counter: [c0 = 0, c1 = 0], key: [k0 = 0, k1 = 0], words }) => {
      const block = (['chance', 'magnitude'] as const).map((lane) => threefry2x32(k0, k1, c0, c1, lane));
      expect(block).toEqual(words);
    },
  );
});

describe('draw', () => {
  const key = drawKey(42, 'health', 'resets');
  const some = draw(key, 7, 1, 'chance');

  it('gives the same float for the same arguments, in [0, 1)', () => {
    expect(draw(drawKey(42, 'health', 'resets'), 7, 1, 'chance')).toBe(some);
    expect(some).toBeGreaterThanOrEqual(0);
    expect(some).toBeLessThan(1);
  });

  it.each([
    ['the request', draw(key, 8, 1, 'chance')],
    ['the upper half of the request', draw(key, 7 + 2 ** 32, 1, 'chance')],
    ['the highest bit of the request', draw(key, 7 + 2 ** 52, 1, 'chance')],
    ['the attempt', draw(key, 7, 2, 'chance')],
    ['the lane', draw(key, 7, 1, 'magnitude')],
    ['the fault', draw(drawKey(42, 'health', 'drops'), 7, 1, 'chance')],
    ['the scenario', draw(drawKey(42, 'echo', 'resets'), 7, 1, 'chance')],
    ['the lower half of the seed', draw(drawKey(43, 'health', 'resets'), 7, 1, 'chance')],
    ['the upper half of the seed', draw(drawKey(42 + 2 ** 32, 'health', 'resets'), 7, 1, 'chance')],
  ])('depends on %s', (_what, other) => {
    expect(other).not.toBe(some);
  });

  it('keeps scenario and fault apart', () => {
    expect(drawKey(1, 'a', 'bc')).not.toEqual(drawKey(1, 'ab', 'c'));
  });

  it('takes the largest seed', () => {
    expect(drawKey(MAX_SEED, '', 'f')).not.toEqual(drawKey(MAX_SEED - 1, '', 'f'));
  });
});
