export {
  resolveAdaptiveOptions,
  type AdaptiveOptions,
  type ResolvedAdaptiveOptions,
} from './adaptive/adaptive-options.ts';
export { ConcurrencyLimit } from './adaptive/concurrency-limit.ts';
export { loadSignOf, type LoadSign } from './adaptive/load-sign.ts';
export type { BackoffOptions } from './backoff.ts';
export { Breaker } from './breaker/breaker.ts';
export {
  resolveBreakerOptions,
  type BreakerOptions,
  type ResolvedBreakerOptions,
} from './breaker/breaker-options.ts';
export type {
  BreakerState,
  BreakerTransition,
  BreakerWindow,
  Refusal,
  TransitionCause,
} from './breaker/breaker-state.ts';
export type { Permit } from './breaker/permit.ts';
export { classifyCall, type AttemptOutcome, type CallResult, type FailureKind } from './call.ts';
export { isIdempotent } from './idempotency.ts';
export { AddressOutliers } from './outliers/address-outliers.ts';
export type { AddressCause, AddressMove } from './outliers/address-standing.ts';
export { parseRetryAfterMs } from './retry-after.ts';
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
export {
  decideRetry,
  resolveRetryOptions,
  type GiveUpReason,
  type ResolvedRetryOptions,
  type RetryDecision,
  type RetryFacts,
  type RetryOptions,
} from './retry-policy.ts';
