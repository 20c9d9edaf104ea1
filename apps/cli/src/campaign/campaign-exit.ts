import type { RunOutcome } from '#libs/run';
import { EXIT } from '../exit-code.ts';

/** What the exit status says of a campaign, besides `EXIT`. */
export const CAMPAIGN_EXIT = {
  /** Inconclusive: the generator or the samples were not good enough, or it was a dry run. */
  inconclusive: 98,
  /** A check failed, or the target did not answer after the run. */
  failed: 99,
  /** A guardrail or the lever ended the run. */
  stopped: 106,
} as const;

/** The first that applies: signal, guardrail, error of ours, failed, inconclusive, nothing succeeded, passed. */
export function campaignExitCode({
  state,
  verdict,
  tally,
}: Pick<RunOutcome, 'state' | 'verdict' | 'tally'>): number {
  if (state.kind === 'aborted') return state.abort.by === 'signal' ? EXIT.interrupted : CAMPAIGN_EXIT.stopped;
  switch (verdict) {
    case 'error':
    case 'pending':
      return EXIT.ownError;
    case 'fail':
      return CAMPAIGN_EXIT.failed;
    case 'inconclusive':
      return CAMPAIGN_EXIT.inconclusive;
    case 'pass':
      return tally.total().counts.ok === 0 ? EXIT.nothingSucceeded : EXIT.ran;
  }
}
