/** The age of one idle connection, oldest first in a list. */
export interface IdleAge {
  readonly sinceMs: number;
}

/** What is to be done now, and when to look again. */
export interface ExpiryPlan {
  /** How many of the oldest are to be closed. */
  readonly close: number;
  /** When the next one is due, `Infinity` for never. */
  readonly nextAtMs: number;
}

/**
 * Which idle connections have been idle too long at `nowMs`. The oldest go first.
 */
export function expireIdle(
  oldestFirst: Iterable<IdleAge>,
  nowMs: number,
  options: { readonly idleTimeoutMs: number },
): ExpiryPlan {
  let close = 0;
  for (const { sinceMs } of oldestFirst) {
    const dueAtMs = sinceMs + options.idleTimeoutMs;
    if (dueAtMs > nowMs) return { close, nextAtMs: dueAtMs };
    close += 1;
  }
  return { close, nextAtMs: Infinity };
}
