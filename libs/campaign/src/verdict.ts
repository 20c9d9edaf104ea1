import type { Check, CheckResult } from './check.ts';
import { isGeneratorTooSlow, type Generator } from './generator.ts';
import type { ReadRun } from './metric.ts';
import type { Abort, RunState } from './run-state.ts';

/**
 * What a run says: `fail` is the system's doing, `error` is ours, `inconclusive` means that the generator or the samples
 * were not good enough to tell, `pending` that the run has not ended.
 */
export type Verdict = 'pending' | 'pass' | 'fail' | 'inconclusive' | 'error';

/** What is known of a run when it is judged. */
export interface Evidence {
  /** From `judgeChecks`. */
  readonly checks: readonly CheckResult[];
  /** Finished requests. A run without any proves nothing, whatever its checks say. */
  readonly requests: number;
  readonly generator: Generator;
}

/** The results of all checks. When the generator was too slow the numbers prove nothing, and all are inconclusive. */
export function judgeChecks(checks: readonly Check[], read: ReadRun, generator: Generator): CheckResult[] {
  const results = checks.map((check) => check.judge(read));
  if (!isGeneratorTooSlow(generator)) return results;
  return results.map((result) => ({
    ...result,
    state: 'inconclusive',
    reason: 'the generator was too slow',
  }));
}

/** The verdict on a run: error before fail before inconclusive before pass. */
export function verdictOf(state: RunState, evidence: Evidence): Verdict {
  switch (state.kind) {
    case 'errored':
      return 'error';
    case 'aborted':
      return verdictOfAbort(state.abort);
    case 'completed':
      if (state.isDryRun) return 'inconclusive';
      return state.isRecovered ? verdictOfEvidence(evidence) : 'fail';
    case 'queued':
    case 'preparing':
    case 'baseline':
    case 'running':
    case 'draining':
    case 'recovering':
      return 'pending';
  }
}

function verdictOfAbort({ by }: Abort): Verdict {
  switch (by) {
    case 'guardrail':
      return 'fail';
    case 'lease-lost':
      return 'error';
    case 'user':
    case 'lever':
    case 'signal':
      return 'inconclusive';
  }
}

function verdictOfEvidence({ checks, requests, generator }: Evidence): Verdict {
  if (isGeneratorTooSlow(generator)) return 'inconclusive';
  if (checks.some(({ state }) => state === 'fail')) return 'fail';
  if (requests === 0 || checks.some(({ state }) => state === 'inconclusive')) return 'inconclusive';
  return 'pass';
}
