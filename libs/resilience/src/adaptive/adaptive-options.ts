import { numberOption, refuseUnknownOptions, wholeOption } from '#libs/kernel';

/** How many connections of an origin are lent at once, by how fast it answers. */
export interface AdaptiveOptions {
  /**
   * The limit at first. Default 20, or the pool's `maxConnections` if that is less; range `minLimit` to `maxConnections`.
   * Source: Netflix's `Gradient2Limit`.
   */
  readonly initialLimit?: number | undefined;
  /** It is never lower. Default 1; range 1 to `maxConnections`. Source: our choice; Netflix has 20. */
  readonly minLimit?: number | undefined;
  /**
   * So many times the response time of the unloaded peer count as no queue yet: more lets the limit go higher, for
   * throughput, and less keeps response times lower. Default 1.5; range 1 to 10. Source:
   * Netflix's `Gradient2Limit`.
   */
  readonly tolerance?: number | undefined;
  /**
   * The limit changes at most once in this time, and not before ten results. Default 100; range 1 to 60,000. Source: our
   * choice.
   */
  readonly windowMs?: number | undefined;
  /**
   * How long the response time of the unloaded peer is believed, at least; then it is measured again. Default 10,000;
   * range 100 to 3,600,000. Source: our choice.
   */
  readonly probeIntervalMs?: number | undefined;
}

/** `maxLimit` is the pool's `maxConnections`. */
export type ResolvedAdaptiveOptions = {
  readonly [K in keyof AdaptiveOptions]-?: NonNullable<AdaptiveOptions[K]>;
} & { readonly maxLimit: number };

/** Netflix's `Gradient2Limit` begins there. */
const INITIAL_LIMIT = 20;

/** Checks the options and fills in the defaults. Throws `PLR_INVALID_ARGUMENT`, the field named under `field`. */
export function resolveAdaptiveOptions(
  options: AdaptiveOptions,
  maxLimit: number,
  field = 'adaptive',
): ResolvedAdaptiveOptions {
  const minLimit = wholeOption(`${field}.minLimit`, options.minLimit ?? 1, 1, maxLimit);
  const initialLimit = options.initialLimit ?? Math.min(Math.max(INITIAL_LIMIT, minLimit), maxLimit);
  const resolved = {
    initialLimit: wholeOption(`${field}.initialLimit`, initialLimit, minLimit, maxLimit),
    minLimit,
    tolerance: numberOption(`${field}.tolerance`, options.tolerance ?? 1.5, 1, 10),
    windowMs: numberOption(`${field}.windowMs`, options.windowMs ?? 100, 1, 60_000),
    probeIntervalMs: numberOption(
      `${field}.probeIntervalMs`,
      options.probeIntervalMs ?? 10_000,
      100,
      3_600_000,
    ),
  };
  refuseUnknownOptions(field, options, resolved);
  return { ...resolved, maxLimit };
}
