import type { ClosedLoadOptions } from '#libs/load/runner';
import { optional, withDefault, type ValuesOf } from '../flags/flag.ts';
import { duration, wholeNumber } from '../flags/kinds.ts';

/** How much is sent. */
export const LOAD_FLAGS = {
  requests: optional(
    wholeNumber(1, 1_000_000_000),
    'end after this many requests',
    'default 1000 unless --duration is given',
  ),
  duration: optional(duration('1ms', '24h'), 'start no request after this time', 'default no limit'),
  concurrency: withDefault(
    wholeNumber(1, 65_535),
    'workers; each sends its next request when its last is over',
    '50',
  ),
};

export function loadOptionsOf(values: ValuesOf<typeof LOAD_FLAGS>): ClosedLoadOptions {
  const { concurrency, requests, duration: durationMs } = values;
  return {
    concurrency,
    requests: requests ?? (durationMs === undefined ? 1000 : Infinity),
    durationMs: durationMs ?? Infinity,
  };
}
