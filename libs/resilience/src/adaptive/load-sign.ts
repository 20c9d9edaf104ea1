import { classifyCall, type AttemptOutcome } from '../call.ts';

/**
 * What an attempt says about how much its peer can take: an answer whose time counts, a failure as overload makes them, or
 * nothing.
 */
export type LoadSign = 'answer' | 'failure' | 'nothing';

/** As for the breaker, and 429: a server that says "too many requests" means the limit (RFC 6585 section 4). */
export function loadSignOf(outcome: AttemptOutcome): LoadSign {
  if (outcome.kind === 'response' && outcome.statusCode === 429) return 'failure';
  const result = classifyCall(outcome);
  if (result === 'not-a-call') return 'nothing';
  return result === 'success' ? 'answer' : 'failure';
}
