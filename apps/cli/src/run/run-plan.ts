import type { ClientOptions, FaultOptions } from '#libs/client';
import type { ClosedLoadOptions } from '#libs/load/runner';
import type { ValuesOf } from '../flags/flag.ts';
import { BREAKER_FLAGS, breakerOptionsOf } from './breaker-flags.ts';
import { FAILURE_FLAGS, faultsOf } from './failure-flags.ts';
import { LOAD_FLAGS, loadOptionsOf } from './load-flags.ts';
import { OUTPUT_FLAGS } from './output-flags.ts';
import { POOL_FLAGS, poolOptionsOf } from './pool-flags.ts';
import { RETRY_FLAGS, retryOptionsOf } from './retry-flags.ts';
import { TARGET_FLAGS, requestOf, tlsOf, urlOf } from './target-flags.ts';

/** Every flag of `run`, by its heading in `--help`. */
export const RUN_FLAGS = {
  Target: TARGET_FLAGS,
  Load: LOAD_FLAGS,
  Failures: FAILURE_FLAGS,
  Pool: POOL_FLAGS,
  Retry: RETRY_FLAGS,
  Breaker: BREAKER_FLAGS,
  Output: OUTPUT_FLAGS,
};

export type RunValues = ValuesOf<
  typeof TARGET_FLAGS &
    typeof LOAD_FLAGS &
    typeof FAILURE_FLAGS &
    typeof POOL_FLAGS &
    typeof RETRY_FLAGS &
    typeof BREAKER_FLAGS &
    typeof OUTPUT_FLAGS
>;

/** All that a run needs to know. */
export interface RunPlan {
  readonly url: URL;
  readonly request: ReturnType<typeof requestOf>;
  readonly load: ClosedLoadOptions;
  readonly client: ClientOptions & { readonly faults: FaultOptions | undefined };
  readonly seed: number;
  readonly output: Pick<RunValues, keyof typeof OUTPUT_FLAGS>;
}

/** Flags and arguments as a plan. Throws `PLR_INVALID_ARGUMENT` where they contradict each other. */
export function planRun(values: RunValues, args: readonly string[]): RunPlan {
  const { seed, faults } = faultsOf(values);
  const url = urlOf(values, args);
  return {
    url,
    request: requestOf(values),
    load: loadOptionsOf(values),
    client: {
      pool: { ...poolOptionsOf(values, values.concurrency), tls: tlsOf(values, url) },
      retry: retryOptionsOf(values),
      breaker: breakerOptionsOf(values),
      adaptive: values.adaptive,
      attemptTimeoutMs: values.timeout,
      deadlineMs: values.deadline,
      faults,
    },
    seed,
    output: values,
  };
}
