import {
  invalidArgument,
  numberOption,
  wholeOption,
  ERROR_CODES,
  type ErrorCode,
  type ErrorKind,
  type Rng,
  refuseUnknownOptions,
} from '#libs/kernel';
import {
  fullJitterMs,
  resolveBackoffOptions,
  type BackoffOptions,
  type ResolvedBackoffOptions,
} from './backoff.ts';
import type { AttemptOutcome } from './call.ts';
import { mayResend, type ResendFacts } from './resend.ts';
import {
  resolveRetryBudgetOptions,
  type ResolvedRetryBudgetOptions,
  type RetryBudget,
  type RetryBudgetOptions,
} from './retry-budget.ts';

export interface RetryOptions {
  /**
   * Attempts of a request in all, the first included and the free re-send not. Default 3; range 1 to 100. Source: the AWS
   * SDKs.
   */
  readonly attempts?: number | undefined;
  /** How long to wait between one attempt and the next. */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * Error codes that are retried; those of kind `protocol` may be named as well, but never our own limits or the caller's
   * doing. Default every code of kind `connection` or `timeout`. Source: our choice, for these may pass.
   */
  readonly codes?: readonly ErrorCode[] | undefined;
  /**
   * Response statuses that are retried. Default 429, 502, 503, 504; range 400 to 599. Source: RFC 9110 sections 15.6.3 to
   * 15.6.5 and RFC 6585 section 4.
   */
  readonly statuses?: readonly number[] | undefined;
  /**
   * A Retry-After (RFC 9110 section 10.2.3) that asks for more ends the request; so does one past the deadline. Default
   * 20,000; range 0 to 86,400,000. Source: our choice, as `capMs`; undici waits 30 s at most.
   */
  readonly maxRetryAfterMs?: number | undefined;
  /** `false` turns the budget off: then only `attempts` bounds the retries. */
  readonly budget?: RetryBudgetOptions | false | undefined;
  /**
   * Tells the peer the number of each attempt, from 1, the free re-send counted: `true` in `X-Request-Attempt`, or in a
   * field of a name that begins with `X-`. A caller's own field of that name stands. Default `false`. Source: Envoy's
   * `x-envoy-attempt-count`.
   */
  readonly attemptHeader?: boolean | string | undefined;
}

export interface ResolvedRetryOptions {
  readonly attempts: number;
  readonly backoff: ResolvedBackoffOptions;
  readonly codes: readonly ErrorCode[];
  readonly statuses: readonly number[];
  readonly maxRetryAfterMs: number;
  readonly budget: ResolvedRetryBudgetOptions | false;
  readonly attemptHeader: string | undefined;
}

/** What the policy must know of a request, besides how its attempt ended. */
export interface RetryFacts extends ResendFacts {
  /** Attempts made, the first included and the free re-send not. */
  readonly policyAttemptsUsed: number;
  /** When the request's total deadline passes; `Infinity` without one. */
  readonly deadlineAtMs: number;
  readonly nowMs: number;
}

/** Why a failure stands. */
export type GiveUpReason =
  /** The failure would come again, or is not the peer's. */
  | 'not-retryable'
  /** The request may have been applied and is not idempotent. */
  | 'not-safe'
  /** Its body was a stream, and that has been begun. */
  | 'body-spent'
  | 'attempts'
  /** The peer asks for a longer wait than `maxRetryAfterMs`. */
  | 'retry-after'
  /** The wait would pass the total deadline. */
  | 'deadline'
  | 'budget';

/** What to do about an attempt that has ended. */
export type RetryDecision =
  /** It is the answer: give it to the caller. */
  | { readonly action: 'return' }
  /** Send again at once, for free, on a fresh or just-probed connection. */
  | { readonly action: 'resend' }
  /** Try again after `delayMs`; the budget's token is taken. */
  | { readonly action: 'wait'; readonly delayMs: number }
  /** The caller gets the response or the error as it is. */
  | { readonly action: 'give-up'; readonly reason: GiveUpReason };

const RETURN: RetryDecision = { action: 'return' };
const RESEND: RetryDecision = { action: 'resend' };

const DEFAULT_CODES: readonly ErrorCode[] = codesOf('connection', 'timeout');
const PERMITTED_CODES: readonly ErrorCode[] = codesOf('connection', 'timeout', 'protocol');

/** Checks the options and fills in the defaults. Throws `PLR_INVALID_ARGUMENT`, the field named under `field`. */
export function resolveRetryOptions(options: RetryOptions = {}, field = 'retry'): ResolvedRetryOptions {
  const statuses: unknown = options.statuses ?? [429, 502, 503, 504];
  if (!Array.isArray(statuses))
    throw invalidArgument(`${field}.statuses`, statuses, 'a list of statuses from 400 to 599');
  const codes: unknown = options.codes ?? DEFAULT_CODES;
  if (!Array.isArray(codes)) throw invalidArgument(`${field}.codes`, codes, 'a list of error codes');
  const resolved: ResolvedRetryOptions = {
    attempts: wholeOption(`${field}.attempts`, options.attempts ?? 3, 1, 100),
    backoff: resolveBackoffOptions(options.backoff, `${field}.backoff`),
    codes: codes.map((code: unknown, index) => codeOption(`${field}.codes[${index}]`, code)),
    statuses: statuses.map((status, index) => wholeOption(`${field}.statuses[${index}]`, status, 400, 599)),
    maxRetryAfterMs: numberOption(
      `${field}.maxRetryAfterMs`,
      options.maxRetryAfterMs ?? 20_000,
      0,
      86_400_000,
    ),
    budget: options.budget === false ? false : resolveRetryBudgetOptions(options.budget, `${field}.budget`),
    attemptHeader: attemptHeaderOption(`${field}.attemptHeader`, options.attemptHeader ?? false),
  };
  refuseUnknownOptions(field, options, resolved);
  return resolved;
}

/**
 * Decides after each attempt. Retried are `options.codes` and `options.statuses`: of any request when
 * nothing of it was written, else of idempotent ones only. The wait is full jitter, on top of what a Retry-After asks
 * for, so that clients told the same moment do not come together. `budget` is asked last: no token goes to a retry that
 * something else forbids. `undefined` means there is none.
 */
export function decideRetry(
  outcome: AttemptOutcome,
  facts: RetryFacts,
  options: ResolvedRetryOptions,
  budget: RetryBudget | undefined,
  rng: Rng,
): RetryDecision {
  if (outcome.kind === 'response') {
    if (!options.statuses.includes(outcome.statusCode)) return RETURN;
    if (facts.isBodySpent) return giveUp('body-spent');
    return facts.idempotent
      ? decideWait(outcome.retryAfterMs ?? 0, facts, options, budget, rng)
      : giveUp('not-safe');
  }
  const { error } = outcome;
  if (mayResend(error, facts)) return RESEND;
  if (!options.codes.includes(error.code)) return giveUp('not-retryable');
  if (facts.isBodySpent) return giveUp('body-spent');
  if (!facts.idempotent && error.requestBytesWritten > 0) return giveUp('not-safe');
  return decideWait(0, facts, options, budget, rng);
}

function codesOf(...kinds: readonly ErrorKind[]): ErrorCode[] {
  const all = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
  return all.filter((code) => kinds.includes(ERROR_CODES[code].kind));
}

function codeOption(field: string, value: unknown): ErrorCode {
  const code = PERMITTED_CODES.find((permitted) => permitted === value);
  if (code !== undefined) return code;
  throw invalidArgument(field, value, 'a code of kind connection, timeout or protocol');
}

/** Fields that frame, route or authenticate a message begin otherwise. */
const ATTEMPT_HEADER = /^x-[a-z\d-]{1,62}$/i;

function attemptHeaderOption(field: string, value: unknown): string | undefined {
  if (value === false) return undefined;
  if (value === true) return 'X-Request-Attempt';
  if (typeof value === 'string' && ATTEMPT_HEADER.test(value)) return value;
  throw invalidArgument(
    field,
    value,
    'true, false or a name of X- and 1 to 62 letters, digits and hyphens, like X-Request-Attempt',
  );
}

function decideWait(
  retryAfterMs: number,
  facts: RetryFacts,
  options: ResolvedRetryOptions,
  budget: RetryBudget | undefined,
  rng: Rng,
): RetryDecision {
  if (facts.policyAttemptsUsed >= options.attempts) return giveUp('attempts');
  if (retryAfterMs > options.maxRetryAfterMs) return giveUp('retry-after');
  const delayMs = retryAfterMs + fullJitterMs(facts.policyAttemptsUsed, options.backoff, rng);
  if (facts.nowMs + delayMs >= facts.deadlineAtMs) return giveUp('deadline');
  if (budget && !budget.tryWithdraw(facts.nowMs)) return giveUp('budget');
  return { action: 'wait', delayMs };
}

function giveUp(reason: GiveUpReason): RetryDecision {
  return { action: 'give-up', reason };
}
