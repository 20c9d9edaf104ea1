import { expect, it } from 'vitest';
import { freshId, rising } from './service-seams.ts';

it('an id sorts above those before it, also within a millisecond and when the clock is set back', () => {
  const clock = [1_000, 1_000, 1_000, 400, 2_000];
  const seams = { wallNowMs: Date.now, idMs: rising(() => clock.shift() ?? 0), rng: { next: () => 0.5 } };
  const ids = Array.from({ length: 5 }, () => freshId('run', seams).id);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(5);
});
