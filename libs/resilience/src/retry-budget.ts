import { numberOption, refuseUnknownOptions } from '#libs/kernel';
import { RollingCount } from './rolling-count.ts';

/** How many retries a client may make, in tokens: each policy retry takes one. */
export interface RetryBudgetOptions {
  /**
   * Tokens at the start, and the floor of the cap. Default 10; range 0 to 1,000,000. Source: our choice; Finagle's budget
   * holds 100.
   */
  readonly startTokens?: number | undefined;
  /** Tokens that come with time. Default 10; range 0 to 1,000,000. Source: Finagle's `RetryBudget`. */
  readonly tokensPerSecond?: number | undefined;
  /** Tokens that come with each first attempt. Default 0.2; range 0 to 100. Source: Finagle's `RetryBudget`. */
  readonly tokensPerRequest?: number | undefined;
}

export type ResolvedRetryBudgetOptions = {
  readonly [K in keyof RetryBudgetOptions]-?: NonNullable<RetryBudgetOptions[K]>;
};

/** Checks the options and fills in the defaults. Throws `PLR_INVALID_ARGUMENT`, the field named under `field`. */
export function resolveRetryBudgetOptions(
  options: RetryBudgetOptions = {},
  field = 'retry.budget',
): ResolvedRetryBudgetOptions {
  const resolved = {
    startTokens: numberOption(`${field}.startTokens`, options.startTokens ?? 10, 0, 1_000_000),
    tokensPerSecond: numberOption(`${field}.tokensPerSecond`, options.tokensPerSecond ?? 10, 0, 1_000_000),
    tokensPerRequest: numberOption(`${field}.tokensPerRequest`, options.tokensPerRequest ?? 0.2, 0, 100),
  };
  refuseUnknownOptions(field, options, resolved);
  return resolved;
}

/** The cap follows the first attempts of the last ten seconds. */
const WINDOW_SECONDS = 10;

/**
 * Keeps retries from becoming a storm: one leaky bucket of tokens for all origins of a client. The cap is
 * `startTokens` + `tokensPerRequest` × the first attempts per second, averaged over the last ten. So the retries of any
 * T seconds are at most the highest cap + `tokensPerSecond` × T + `tokensPerRequest` × the requests of that time.
 * Source: Finagle's `RetryBudget`, which keeps the deposits of ten seconds; the lower cap here lets less pile up.
 */
export class RetryBudget {
  readonly #options: ResolvedRetryBudgetOptions;
  readonly #firstAttempts = new RollingCount(WINDOW_SECONDS, 1000);
  #tokens: number;
  #filledAtMs: number;
  /** First attempts whose tokens are not in `#tokens` yet: paid in when someone looks, to keep requests cheap. */
  #unpaid = 0;
  #withheld = 0;

  constructor(options: ResolvedRetryBudgetOptions, nowMs: number) {
    this.#options = options;
    this.#tokens = options.startTokens;
    this.#filledAtMs = nowMs;
  }

  /** Retries refused so far. */
  get withheld(): number {
    return this.#withheld;
  }

  /** Pays in for a request. To be called once for each, at its first attempt. */
  onFirstAttempt(nowMs: number): void {
    this.#firstAttempts.add(nowMs);
    this.#unpaid += 1;
  }

  /** Takes the token of one policy retry. False when none is left: the retry must not be made, and is counted. */
  tryWithdraw(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#tokens < 1) {
      this.#withheld += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** Gives back the token of a retry that was not made after all: refused by the breaker, or ended in its wait. */
  putBack(): void {
    // Above the cap only until the next look.
    this.#tokens += 1;
  }

  /** Tokens left, with fractions. */
  tokens(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens;
  }

  #fill(nowMs: number): void {
    const { startTokens, tokensPerSecond, tokensPerRequest } = this.#options;
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    const deposit = (tokensPerSecond * elapsedMs) / 1000 + tokensPerRequest * this.#unpaid;
    const cap = startTokens + (tokensPerRequest * this.#firstAttempts.total(nowMs)) / WINDOW_SECONDS;
    this.#tokens = Math.min(cap, this.#tokens + deposit);
    this.#filledAtMs += elapsedMs;
    this.#unpaid = 0;
  }
}
