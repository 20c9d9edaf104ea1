import { numberOption, refuseUnknownOptions, type Rng } from '#libs/kernel';

/** How long to wait between one try and the next. */
export interface BackoffOptions {
  /**
   * The longest wait before the first retry; it doubles with each further one. Default 50; range 0 to 60,000. Source: the
   * AWS SDKs.
   */
  readonly baseMs?: number | undefined;
  /**
   * No wait is longer. Default 20,000, or `baseMs` where that is more; range `baseMs` to 3,600,000. Source: the AWS SDKs.
   */
  readonly capMs?: number | undefined;
}

export interface ResolvedBackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Checks the options and fills in the defaults. Throws `PLR_INVALID_ARGUMENT`, the field named under `field`. */
export function resolveBackoffOptions(
  options: BackoffOptions = {},
  field = 'backoff',
): ResolvedBackoffOptions {
  const baseMs = numberOption(`${field}.baseMs`, options.baseMs ?? 50, 0, 60_000);
  const capMs = numberOption(`${field}.capMs`, options.capMs ?? Math.max(20_000, baseMs), baseMs, 3_600_000);
  refuseUnknownOptions(field, options, { baseMs, capMs });
  return { baseMs, capMs };
}

/**
 * The wait in milliseconds before retry number `retry` (1 = the first): uniform in [0, min(cap, base × 2^(retry−1))).
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, "Full Jitter".
 */
export function fullJitterMs(retry: number, options: ResolvedBackoffOptions, rng: Rng): number {
  return rng.next() * Math.min(options.capMs, options.baseMs * 2 ** (retry - 1));
}
