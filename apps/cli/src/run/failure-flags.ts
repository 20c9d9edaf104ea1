import { parseFaultSpec, type FaultRule } from '#libs/faults';
import { systemRng } from '#libs/kernel';
import { optional, withDefault, type ValuesOf } from '../flags/flag.ts';
import { wholeNumber, type Kind } from '../flags/kinds.ts';

/** What `--failures` takes. */
export const faultSpec: Kind<readonly FaultRule[]> = {
  placeholder: 'spec',
  range: '',
  allowed: 'on, off or a list of type[=magnitude][when][;field=value] such as latency=50ms~10ms:5%,reset@0+3',
  parse: parseFaultSpec,
};

/** The failures that the command injects on its own side of the wire. */
export const FAILURE_FLAGS = {
  failures: withDefault(
    faultSpec,
    'on, off or a list of type[=magnitude][:percent], see docs/faults.md',
    'off',
  ),
  seed: optional(
    wholeNumber(0, Number.MAX_SAFE_INTEGER),
    'the same seed injects the same failures',
    'default a random one, which --verbose prints',
  ),
};

/** Chance of the run: `faults` is `undefined` where none are injected; the seed also draws the waits of retries. */
export function faultsOf({ failures, seed = randomSeed() }: ValuesOf<typeof FAILURE_FLAGS>): {
  readonly seed: number;
  readonly faults: { readonly rules: readonly FaultRule[]; readonly seed: number } | undefined;
} {
  return { seed, faults: failures.length > 0 ? { rules: failures, seed } : undefined };
}

/** Short enough to type again. */
function randomSeed(): number {
  return Math.floor(systemRng.next() * 2 ** 32);
}
