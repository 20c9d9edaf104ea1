/** Runs seeds of the model fuzzer: `replay.ts [--seed 1] [--seeds 1] [--steps 10000]`. Exits with 1 at the first failure. */
import { parseArgs } from 'node:util';
import { fuzz, FuzzFailure } from './model-fuzzer.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '10000' },
  },
});

const first = Number(values.seed);
for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
  try {
    console.log(JSON.stringify(await fuzz(seed, Number(values.steps))));
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    break;
  }
}
