import { invalidArgument, refuseUnknownOptions, wholeOption } from '#libs/kernel';

/** One small request to the peer before a connection is lent that was idle for long. Any status proves the connection. */
export interface ActiveProbeOptions {
  /**
   * How long a connection must have been idle to be asked. Default 2,000; range 1,000 to 86,400,000. Source:
   * `validateAfterInactivity` of Apache HttpClient.
   */
  readonly afterIdleMs?: number | undefined;
  /** The method of the question: `HEAD` or `OPTIONS`. Default `HEAD`. Source: our choice; both are safe (RFC 9110 section 9.2.1). */
  readonly method?: 'HEAD' | 'OPTIONS' | undefined;
  /**
   * Its target: a path, or `*` with `OPTIONS`, which asks the server as a whole. Default `/`. Source: our choice; RFC 9110
   * section 9.3.7 has `*`.
   */
  readonly path?: string | undefined;
  /**
   * How long the whole answer may take: keep it well below the deadlines of requests, for they include it. Default 1,000, or
   * the most; range 1 to half of `acquireTimeoutMs`. Source: our choice, for whoever waited in vain has as long again for a dial.
   */
  readonly timeoutMs?: number | undefined;
}

export type ResolvedActiveProbe = {
  readonly [K in keyof ActiveProbeOptions]-?: NonNullable<ActiveProbeOptions[K]>;
};

const METHODS = ['HEAD', 'OPTIONS'] as const;

/** Checks the options and fills in the defaults. Throws `PLR_INVALID_ARGUMENT` with field, value and range. */
export function resolveActiveProbe(
  options: ActiveProbeOptions | false,
  acquireTimeoutMs: number,
): ResolvedActiveProbe | false {
  if (options === false) return false;
  if (typeof options !== 'object' || options === null)
    throw invalidArgument('activeProbe', options, 'an object or false');
  const mostMs = Math.max(1, Math.floor(acquireTimeoutMs / 2));
  const { afterIdleMs = 2_000, method = 'HEAD', path = '/', timeoutMs = Math.min(1_000, mostMs) } = options;
  if (!METHODS.includes(method)) throw invalidArgument('activeProbe.method', method, 'HEAD or OPTIONS');
  if (!isTarget(path, method))
    throw invalidArgument(
      'activeProbe.path',
      path,
      'a slash and printable ASCII without space and # (or * for OPTIONS)',
    );
  const resolved: ResolvedActiveProbe = {
    afterIdleMs: wholeOption('activeProbe.afterIdleMs', afterIdleMs, 1_000, 86_400_000),
    method,
    path,
    timeoutMs: wholeOption('activeProbe.timeoutMs', timeoutMs, 1, mostMs),
  };
  refuseUnknownOptions('pool.activeProbe', options, resolved);
  return resolved;
}

function isTarget(path: unknown, method: string): boolean {
  if (path === '*') return method === 'OPTIONS';
  return typeof path === 'string' && /^\/[\x21\x22\x24-\x7e]*$/.test(path);
}
