import type { PoolerError } from '#libs/kernel';

/** What the right to a free re-send depends on, besides the error. */
export interface ResendFacts {
  readonly idempotent: boolean;
  /** Whether this request has had its free re-send. */
  readonly resendUsed: boolean;
  /** Whether its body was a stream that has been begun: there is nothing to send again. Default false. */
  readonly isBodySpent?: boolean | undefined;
}

/**
 * Whether a failed request may be sent again at once and for free: it met a kept-alive connection that the peer had
 * already closed (RFC 9112 §9.3.1, §9.5), which says nothing about the peer. The matrix:
 *
 * | connection | request bytes written | response bytes | may be re-sent |
 * |---|---|---|---|
 * | fresh | any | any | no |
 * | reused | none | none | any method |
 * | reused | some | none | idempotent requests only |
 * | reused | any | some | no |
 *
 * A streamed body that has been begun takes that right away in every row. Only a FIN or an RST counts: a timeout or an unreachable peer is trouble of its own. A request has one re-send in all,
 * written or not, so it cannot run from one dead connection to the next: the re-send goes on a fresh or just-probed
 * connection, and what fails there is for the retry policy. Go's `Transport.shouldRetryRequest` draws the same lines.
 */
export function mayResend(error: PoolerError, facts: ResendFacts): boolean {
  if (facts.resendUsed || facts.isBodySpent === true || !error.reused || error.responseBytesRead > 0)
    return false;
  if (error.code !== 'PLR_RESET' && error.code !== 'PLR_CLOSED_BY_PEER') return false;
  return error.requestBytesWritten === 0 || facts.idempotent;
}
