import type { ClientOptions } from '#libs/client';
import { withDefault, type ValuesOf } from '../flags/flag.ts';
import { choice, duration, share } from '../flags/kinds.ts';

/** When the command holds back, and for how long. */
export const BREAKER_FLAGS = {
  breaker: withDefault(choice('on', 'off'), 'whether a server that fails too often is left alone', 'on'),
  breakerThreshold: withDefault(share, 'opens when this share of at least 20 calls failed', '50%'),
  breakerWindow: withDefault(duration('100ms', '1h'), 'how far back it counts calls', '10s'),
  breakerOpen: withDefault(
    duration('1ms', '1h'),
    'how long it stays open at first; a failed trial adds a fifth',
    '1s',
  ),
};

export function breakerOptionsOf(values: ValuesOf<typeof BREAKER_FLAGS>): ClientOptions['breaker'] {
  if (values.breaker === 'off') return false;
  return { failureRate: values.breakerThreshold, windowMs: values.breakerWindow, openMs: values.breakerOpen };
}
