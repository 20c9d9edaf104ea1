import { describe, it } from 'vitest';
import { fuzz } from '../fuzz/model-fuzzer.ts';

const SEEDS = 1_000;
const SEEDS_PER_TEST = 50;
const STEPS = 10_000;

describe('client and pool under random requests and faults', () => {
  it.each(Array.from({ length: SEEDS / SEEDS_PER_TEST }, (_, index) => 1 + index * SEEDS_PER_TEST))(
    `hold whatever they promise, in ${STEPS} steps of each seed from %i on`,
    async (first) => {
      for (let seed = first; seed < first + SEEDS_PER_TEST; seed += 1) await fuzz(seed, STEPS);
    },
  );
});
