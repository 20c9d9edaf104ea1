import type { CloseReason } from './connection-state.ts';

/** One idle connection, as far as its age matters. */
export interface AgingConnection {
  readonly idleSinceMs: number;
  readonly lifespan: {
    /** How long it may be idle: the peer's word less a margin, else the pool's option. */
    readonly idleLimitMs: number;
    /** When it has lived long enough. */
    readonly retireAtMs: number;
    readonly retireReason: CloseReason;
  };
}

/** What is to be done now, and when to look again. */
export interface ExpiryPlan<T> {
  readonly close: ReadonlyArray<{ readonly connection: T; readonly reason: CloseReason }>;
  /** When the next one is due, `Infinity` for never. */
  readonly nextAtMs: number;
}

/** When an idle connection is to be closed. */
export function expiresAtMs({ idleSinceMs, lifespan }: AgingConnection, learnedLimitMs: number): number {
  const { idleLimitMs, retireAtMs } = lifespan;
  return Math.min(idleSinceMs + Math.min(idleLimitMs, learnedLimitMs), retireAtMs);
}

/** Why a connection is closed that has expired by `nowMs`. */
export function expiryReason({ lifespan }: AgingConnection, nowMs: number): CloseReason {
  const { retireAtMs, retireReason } = lifespan;
  return retireAtMs <= nowMs ? retireReason : 'idle-timeout';
}

/**
 * Which idle connections are to be closed at `nowMs`, and why.
 * @param learnedLimitMs how long connections of this origin may be idle by experience, `Infinity` for no experience
 */
export function planExpiry<T extends AgingConnection>(
  idle: Iterable<T>,
  nowMs: number,
  learnedLimitMs: number,
): ExpiryPlan<T> {
  const close: Array<{ connection: T; reason: CloseReason }> = [];
  let nextAtMs = Infinity;
  for (const connection of idle) {
    const atMs = expiresAtMs(connection, learnedLimitMs);
    if (atMs > nowMs) nextAtMs = Math.min(nextAtMs, atMs);
    else close.push({ connection, reason: expiryReason(connection, nowMs) });
  }
  return { close, nextAtMs };
}

/** The least margin by which a connection is closed before its peer would. */
const MARGIN_MS = 1_000;
const MARGIN_SHARE = 0.2;

/**
 * How long a connection may be idle whose peer keeps it for `timeoutMs`: a second less, or a fifth less where that is more,
 * for the peer's clock started with the last byte that it sent, and a request takes time on its way. 0 or less: single use.
 */
export function idleLimitOf(timeoutMs: number, maxIdleTimeoutMs: number): number {
  return Math.min(timeoutMs - Math.max(MARGIN_MS, timeoutMs * MARGIN_SHARE), maxIdleTimeoutMs);
}

/** Connections that were opened together must not end together: each lives up to this share less. */
const LIFETIME_JITTER = 0.1;

/** @param chance from 0 to 1 */
export function lifetimeOf(maxLifetimeMs: number, chance: number): number {
  return maxLifetimeMs * (1 - LIFETIME_JITTER * chance);
}
