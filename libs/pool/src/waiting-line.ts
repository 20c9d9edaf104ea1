import { LinkedQueue, type ErrorCode } from '#libs/kernel';
import type { Connection } from './connection.ts';
import type { LocalLimit } from './dial-pause.ts';
import type { DialFailure } from './dialler.ts';
import type { Exchange } from './exchange.ts';
import type { Rejections } from './rejections.ts';

/**
 * The requests of one pool that wait for a connection: first in, first out. Each leaves it with a connection, or with an
 * error that says how full the pool was.
 */
export class WaitingLine {
  readonly #queue = new LinkedQueue<Exchange>();
  readonly #rejections: Rejections;
  readonly #acquireTimeoutMs: number;

  constructor(rejections: Rejections, acquireTimeoutMs: number) {
    this.#rejections = rejections;
    this.#acquireTimeoutMs = acquireTimeoutMs;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Whose turn is next. */
  get first(): Exchange | undefined {
    return this.#queue.first;
  }

  get last(): Exchange | undefined {
    return this.#queue.last;
  }

  /** Since when the first has waited; `Infinity` where nobody does. */
  get oldestSinceMs(): number {
    return this.#queue.first?.queuedAtMs ?? Infinity;
  }

  join(exchange: Exchange, nowMs: number): void {
    exchange.phaseDueAtMs = nowMs + this.#acquireTimeoutMs;
    exchange.hardDueAtMs = exchange.request.deadlineAtMs;
    this.#queue.push(exchange);
  }

  /** Whose turn it is. */
  shift(): Exchange | undefined {
    return this.#queue.shift();
  }

  /** It waits no more, if it did. */
  remove(exchange: Exchange): void {
    this.#queue.remove(exchange);
  }

  /** A dial failed that nothing else makes up for: the oldest hears of it, since whatever is ready serves in that order. */
  failOldest(connection: Connection, failure: DialFailure): void {
    const exchange = this.#queue.shift();
    if (!exchange) return;
    const { dialledAtMs, dnsMs, tlsMs } = connection;
    exchange.dialledAtMs = dialledAtMs;
    exchange.dnsMs = dnsMs ?? 0;
    exchange.tlsMs = tlsMs ?? 0;
    // A handshake that fails does so at an address.
    exchange.addresses = connection.addresses;
    this.#rejections.reject(exchange, failure.code, failure.message, {
      ...failure,
      phase: tlsMs === undefined ? 'connect' : 'tls',
    });
  }

  failAll(code: ErrorCode, message: string, cause?: unknown): void {
    for (const exchange of this.#queue) {
      this.#queue.remove(exchange);
      this.#rejections.reject(exchange, code, message, { cause });
    }
  }

  /**
   * Fails those who have waited too long, and returns when the next one will have.
   *
   * @param leaseLimit the connections that may be lent at once, if all of these are lent
   * @param limitSince of this machine that has held dialling back ever since then, if one has
   */
  expire(
    nowMs: number,
    leaseLimit: number | undefined,
    limitSince: (sinceMs: number) => LocalLimit | undefined,
  ): number {
    let nextAtMs = Infinity;
    for (const exchange of this.#queue) {
      if (exchange.dueAtMs > nowMs) nextAtMs = Math.min(nextAtMs, exchange.dueAtMs);
      else if (this.#queue.remove(exchange))
        this.#rejections.rejectTooLate(exchange, nowMs, limitSince(exchange.queuedAtMs), leaseLimit);
    }
    return nextAtMs;
  }
}
