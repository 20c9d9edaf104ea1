import { numberOption, wholeOption, refuseUnknownOptions } from '#libs/kernel';

/** When a breaker opens and how it closes again. */
export interface BreakerOptions {
  /** Opens when this share of the window's calls failed. Default 0.5; range 0.01 to 1. Source: Resilience4j. */
  readonly failureRate?: number | undefined;
  /**
   * A call that took this long from the checkout of its connection counts as slow, however it ended; a slow trial fails.
   * Default off; range 1 to 86,400,000. Source: our choice, for only a limit that fits the peer helps; Resilience4j has
   * 60 s.
   */
  readonly slowCallMs?: number | undefined;
  /**
   * Opens when this share of the window's calls was slow. Default 0.5; range 0.01 to 1. Source: our choice, as
   * `failureRate`; Resilience4j has 1.
   */
  readonly slowCallRate?: number | undefined;
  /**
   * With fewer calls in the window the rates say nothing. Default 20; range 1 to 1,000,000. Source: our choice;
   * Resilience4j and Polly have 100.
   */
  readonly minCalls?: number | undefined;
  /**
   * How far back the rates look, to the grain of a tenth. Default 10,000; range 100 to 3,600,000. Source: opossum; Polly
   * has 30 s.
   */
  readonly windowMs?: number | undefined;
  /** Consecutive failures to connect that open it. Default 5; range 1 to 1,000,000. Source: Finagle's and Envoy's 5. */
  readonly connectFailures?: number | undefined;
  /**
   * Of an origin whose name has several addresses: the failures of one address in a row, calls and connects, that take it out
   * for as long as the breaker would be open by rate. So does `failureRate` of its own calls, and never is the last taken out.
   * Default 5; range 1 to 1,000,000. Source: Envoy's `consecutive_5xx`.
   */
  readonly addressFailures?: number | undefined;
  /**
   * How long it stays open by rate at first, less up to 20 % by chance; each failed trial makes it a fifth longer. Default
   * 1,000; range 1 to 3,600,000. Source: our choice; Polly has 5 s, Resilience4j 60 s.
   */
  readonly openMs?: number | undefined;
  /**
   * No interval is longer, nor the wait for a background dial that never reports. Default 30,000, or `openMs` where that is
   * more; range `openMs` to 3,600,000. Source: our choice; Finagle and Envoy have 300 s.
   */
  readonly maxOpenMs?: number | undefined;
  /**
   * Trial calls of a half-open breaker; it closes when all have succeeded. Default 3; range 1 to 1,000. Source: our choice;
   * Resilience4j has 10.
   */
  readonly halfOpenPermits?: number | undefined;
  /**
   * After this a trial call counts as lost and its permit may be given to another. Should be longer than an attempt
   * can take. Default 60,000; range 1 to 86,400,000. Source: our choice, twice the timeouts of the pool; others lose such
   * permits for good.
   */
  readonly permitTtlMs?: number | undefined;
}

/** `slowCallMs` is `Infinity` where it is off. */
export type ResolvedBreakerOptions = {
  readonly [K in keyof BreakerOptions]-?: NonNullable<BreakerOptions[K]>;
};

/** Checks the options and fills in the defaults. Throws `PLR_INVALID_ARGUMENT`, the field named under `field`. */
export function resolveBreakerOptions(
  options: BreakerOptions = {},
  field = 'breaker',
): ResolvedBreakerOptions {
  const openMs = numberOption(`${field}.openMs`, options.openMs ?? 1000, 1, 3_600_000);
  const resolved = {
    failureRate: numberOption(`${field}.failureRate`, options.failureRate ?? 0.5, 0.01, 1),
    slowCallMs:
      options.slowCallMs === undefined
        ? Infinity
        : numberOption(`${field}.slowCallMs`, options.slowCallMs, 1, 86_400_000),
    slowCallRate: numberOption(`${field}.slowCallRate`, options.slowCallRate ?? 0.5, 0.01, 1),
    minCalls: wholeOption(`${field}.minCalls`, options.minCalls ?? 20, 1, 1_000_000),
    windowMs: numberOption(`${field}.windowMs`, options.windowMs ?? 10_000, 100, 3_600_000),
    connectFailures: wholeOption(`${field}.connectFailures`, options.connectFailures ?? 5, 1, 1_000_000),
    addressFailures: wholeOption(`${field}.addressFailures`, options.addressFailures ?? 5, 1, 1_000_000),
    openMs,
    maxOpenMs: numberOption(
      `${field}.maxOpenMs`,
      options.maxOpenMs ?? Math.max(30_000, openMs),
      openMs,
      3_600_000,
    ),
    halfOpenPermits: wholeOption(`${field}.halfOpenPermits`, options.halfOpenPermits ?? 3, 1, 1000),
    permitTtlMs: numberOption(`${field}.permitTtlMs`, options.permitTtlMs ?? 60_000, 1, 86_400_000),
  };
  refuseUnknownOptions(field, options, resolved);
  return resolved;
}
