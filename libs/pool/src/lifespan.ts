import type { KeepAliveHint } from '#libs/http1';
import type { CloseReason } from './connection-state.ts';
import { idleLimitOf } from './maintain.ts';

/** How long one connection may be used: its age, its idle time, and how many exchanges its peer takes on it. */
export class Lifespan {
  /** How long it may be idle: what its peer allows less a margin, else the pool's own limit. */
  idleLimitMs: number;
  /** When it has lived long enough. */
  retireAtMs: number;
  retireReason: CloseReason = 'max-lifetime';
  readonly #maxIdleTimeoutMs: number;
  #maxExchanges = Infinity;

  constructor(idleTimeoutMs: number, maxIdleTimeoutMs: number, retireAtMs: number) {
    this.idleLimitMs = idleTimeoutMs;
    this.retireAtMs = retireAtMs;
    this.#maxIdleTimeoutMs = maxIdleTimeoutMs;
  }

  /** It is over, whatever was meant before. */
  retire(reason: CloseReason): void {
    this.retireAtMs = -Infinity;
    this.retireReason = reason;
  }

  /** Its peer said in the answer to exchange number `served` how it means to keep the connection. */
  heed({ timeoutMs, max }: KeepAliveHint, served: number): void {
    if (timeoutMs !== undefined) this.idleLimitMs = idleLimitOf(timeoutMs, this.#maxIdleTimeoutMs);
    if (max === undefined) return;
    // Some servers say how many in all, others how many more. The first word is taken for the former, which is less.
    this.#maxExchanges = Math.min(this.#maxExchanges, served === 1 ? max : served + max);
  }

  /** Why there must not be one more exchange after `served` of them; `undefined` where there may. */
  endedBy(served: number, nowMs: number): CloseReason | undefined {
    // The peer keeps it for less than the margin: nobody could use it in time.
    if (this.idleLimitMs <= 0) return 'asked-to-close';
    if (served >= this.#maxExchanges) return 'max-requests';
    return nowMs >= this.retireAtMs ? this.retireReason : undefined;
  }
}
