import type { PoolerError } from '#libs/kernel';

/** How one attempt ended: with a response head, whatever its status, or with an error. */
export type AttemptOutcome =
  | {
      readonly kind: 'response';
      readonly statusCode: number;
      /** What the response's Retry-After asks for; see `parseRetryAfterMs`. */
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'error'; readonly error: PoolerError };

/** Failed to reach the peer (`connect`), or reached it and failed (`other`). */
export type FailureKind = 'connect' | 'other';

/** What an attempt says about the peer. `not-a-call` says nothing: an abort, or a limit of our own. */
export type CallResult = 'success' | FailureKind | 'not-a-call';

/**
 * What an attempt says about the peer, for the breaker. Not to be asked about an attempt that gets a free re-send: that
 * is no call, and the end of the re-send settles the permit of both.
 */
export function classifyCall(outcome: AttemptOutcome): CallResult {
  if (outcome.kind === 'response') return isUnavailable(outcome.statusCode) ? 'other' : 'success';
  const { kind, phase } = outcome.error;
  if (kind === 'local' || kind === 'caller') return 'not-a-call';
  return phase === 'dns' || phase === 'connect' || phase === 'tls' ? 'connect' : 'other';
}

/** The statuses by which a peer, or the proxy before it, says that it cannot serve at the moment. */
function isUnavailable(statusCode: number): boolean {
  return statusCode >= 502 && statusCode <= 504;
}
