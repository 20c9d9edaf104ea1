import { PoolerError, type Clock, type ErrorCode, type PoolCounts } from '#libs/kernel';
import type { LocalLimit } from './dial-pause.ts';
import type { Exchange, ExchangeErrorFacts } from './exchange.ts';
import type { SystemFacts } from './system-errors.ts';

const TIMED_OUT = { errno: 'ETIMEDOUT' };

/** A pool as its errors show it. */
export interface RejectingPool {
  readonly origin: string;
  readonly counts: PoolCounts;
}

/** Makes the errors of a pool: every rejection says how full it was. */
export class Rejections {
  readonly #pool: RejectingPool;
  readonly #clock: Clock;
  readonly #acquireTimeoutMs: number;

  constructor(pool: RejectingPool, clock: Clock, acquireTimeoutMs: number) {
    this.#pool = pool;
    this.#clock = clock;
    this.#acquireTimeoutMs = acquireTimeoutMs;
  }

  reject(
    exchange: Exchange,
    code: ErrorCode,
    message: string,
    about: Partial<ExchangeErrorFacts> = {},
  ): void {
    const { counts, origin } = this.#pool;
    const error = exchange.error(code, this.#sentence(message, counts), { ...about, origin, pool: counts });
    exchange.fail(error, this.#clock.nowMs());
  }

  /**
   * @param localLimit of this machine that has held dialling back for as long as the exchange waited, if one has
   * @param leaseLimit the connections that may be lent at once, if all of these are lent
   */
  rejectTooLate(
    exchange: Exchange,
    nowMs: number,
    localLimit: LocalLimit | undefined,
    leaseLimit: number | undefined,
  ): void {
    const withinMs = `within ${this.#acquireTimeoutMs} ms`;
    if (nowMs >= exchange.request.deadlineAtMs) {
      this.reject(exchange, 'PLR_DEADLINE', 'the deadline passed before a connection was had', TIMED_OUT);
    } else if (localLimit) {
      this.reject(exchange, localLimit, `no connection ${withinMs}: dialling is paused`);
    } else if (leaseLimit !== undefined) {
      const sentence = `no turn ${withinMs}: the adaptive limit is ${leaseLimit} at once`;
      this.reject(exchange, 'PLR_ACQUIRE_TIMEOUT', sentence, TIMED_OUT);
    } else {
      this.reject(exchange, 'PLR_ACQUIRE_TIMEOUT', `no connection became free ${withinMs}`, TIMED_OUT);
    }
  }

  /** The error of a dial that nobody waits for. */
  dialError(code: ErrorCode, message: string, facts: Partial<SystemFacts>): PoolerError {
    const { counts, origin } = this.#pool;
    return new PoolerError(code, this.#sentence(message, counts), {
      ...facts,
      phase: 'connect',
      origin,
      pool: counts,
    });
  }

  #sentence(message: string, { active, idle, pending, max }: PoolCounts): string {
    return `${this.#pool.origin}: ${message} (active=${active}, idle=${idle}, pending=${pending}, max=${max})`;
  }
}
