import type { Verdict } from '#libs/faults';
import { ConnectionFault, ProbeLie, isDialVerdict } from '#libs/faults/apply';
import type { ErrorCode, PoolerError } from '#libs/kernel';
import type { Exchange } from '#libs/pool';
import type { Collateral } from '#libs/records';

/** Codes of a request that had no connection in time. */
const HAD_NO_CONNECTION: ReadonlySet<ErrorCode> = new Set([
  'PLR_ACQUIRE_TIMEOUT',
  'PLR_QUEUE_FULL',
  'PLR_DEADLINE',
]);

/** Faults that keep a connection of the pool busy for longer than the peer would. */
const HOLDING: ReadonlySet<Verdict['kind']> = new Set(['latency', 'timeout', 'write-stall', 'slow-read']);

/**
 * Knows how the faults of one origin reach requests that did not draw them: what was cut, who held connections for
 * longer than the peer would have, and whose failures opened the breaker. See `Collateral` of the records.
 */
export class FaultShadow {
  readonly #breakerWindowMs: number;
  #crashedAtMs = -Infinity;
  /** When the last crash is over: dials that began before were refused by it. */
  #downUntilMs = -Infinity;
  /** Exchanges whose own fault keeps a connection busy. No more than the pool has requests. */
  readonly #holding = new Set<Exchange>();
  /** When the last of those that had a connection gave it back. */
  #heldUntilMs = -Infinity;
  /** The last failure by a fault that counted for the breaker since it was last closed. */
  #failedAtMs = -Infinity;
  #hasOpenedBreaker = false;

  constructor(breakerWindowMs: number) {
    this.#breakerWindowMs = breakerWindowMs;
  }

  onCrash(nowMs: number, durationMs: number): void {
    this.#crashedAtMs = nowMs;
    this.#downUntilMs = Math.max(this.#downUntilMs, nowMs + durationMs);
  }

  onSending(verdict: Verdict, exchange: Exchange): void {
    if (HOLDING.has(verdict.kind) && !exchange.isOver) this.#holding.add(exchange);
  }

  onOver(exchange: Exchange): void {
    if (this.#holding.delete(exchange) && exchange.connectionId !== 0) this.#heldUntilMs = exchange.endedAtMs;
  }

  /** A call failed by a fault, its own or another's. To be told before the breaker hears of the failure. */
  onFailure(nowMs: number): void {
    this.#failedAtMs = nowMs;
  }

  onBreaker(to: string, nowMs: number): void {
    if (to === 'open') this.#hasOpenedBreaker = nowMs - this.#failedAtMs < this.#breakerWindowMs;
    else if (to === 'closed') this.#failedAtMs = -Infinity;
  }

  /** Says whether `error` was the work of a fault, to be asked when it happens; `exchange` is that of the attempt. */
  collateralOf({ code, phase }: PoolerError, exchange: Exchange | undefined): Collateral | undefined {
    if (code === 'PLR_CIRCUIT_OPEN') return this.#hasOpenedBreaker ? 'breaker' : undefined;
    if (!exchange) return undefined;
    if (phase === 'acquire') {
      const wasHeldUp = HAD_NO_CONNECTION.has(code) && this.#wasHeldSince(exchange.queuedAtMs);
      return wasHeldUp ? 'queue' : undefined;
    }
    // No connection outlives a crash, and no dial does: what was under way then and failed afterwards failed by it.
    if (exchange.endedAtMs < this.#crashedAtMs) return undefined;
    const wasReset = code === 'PLR_RESET' && exchange.leasedAtMs <= this.#crashedAtMs;
    const wasRefused = code === 'PLR_CONNECT_REFUSED' && exchange.dialledAtMs < this.#downUntilMs;
    return wasReset || wasRefused ? 'cut' : undefined;
  }

  #wasHeldSince(queuedAtMs: number): boolean {
    if (this.#heldUntilMs > queuedAtMs) return true;
    for (const { connectionId } of this.#holding) if (connectionId !== 0) return true;
    return false;
  }
}

/** What an attempt meets: what it has drawn, or what its connection has, once it is there. */
export function metBy(drawn: Verdict, exchange: Exchange | undefined): Verdict {
  const interposer = exchange?.interposer;
  return interposer instanceof ConnectionFault ? interposer.verdict : drawn;
}

/** Whether a verdict came to be carried out. */
export function hasStruck(verdict: Verdict, exchange: Exchange): boolean {
  if (verdict.kind === 'pass') return false;
  // Its dial is spoiled from the beginning, and a crash happens to the server.
  if (isDialVerdict(verdict) || verdict.kind === 'crash') return true;
  if (verdict.kind === 'status') return exchange.statusCode !== 0;
  const { interposer } = exchange;
  return interposer instanceof ProbeLie ? interposer.wasTold : exchange.connectionId !== 0;
}
