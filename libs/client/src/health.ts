import type { BreakerState, BreakerWindow } from '#libs/resilience';

/** How well an origin is, as its breaker sees it. */
export type OriginHealth =
  | { readonly status: 'ok' }
  | { readonly status: 'degraded' | 'down'; readonly reason: string };

/** From this share of failed calls on an origin is called degraded, given enough calls to say so. */
const DEGRADED_RATE = 0.1;
const DEGRADED_MIN_CALLS = 10;

const OK: OriginHealth = { status: 'ok' };

/** `ok` without a breaker: then nobody keeps count. */
export function healthOf(
  state: BreakerState | undefined,
  window: Pick<BreakerWindow, 'calls' | 'failures'> | undefined,
): OriginHealth {
  if (!state || !window) return OK;
  switch (state.kind) {
    case 'isolated':
      return { status: 'down', reason: `isolated by hand: ${state.reason}` };
    case 'open':
      return { status: 'down', reason: `the breaker is open: ${OPEN_REASON[state.cause]}` };
    case 'half-open':
      return { status: 'degraded', reason: 'the breaker is half-open: trial calls decide' };
    case 'closed': {
      const { calls, failures } = window;
      if (calls < DEGRADED_MIN_CALLS || failures < calls * DEGRADED_RATE) return OK;
      return { status: 'degraded', reason: `${failures} of the last ${calls} calls failed` };
    }
  }
}

const OPEN_REASON = { rate: 'too many calls failed', connect: 'it could not be connected to' };
