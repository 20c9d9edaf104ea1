import type { Redis } from 'ioredis';
import type { Clock } from '#libs/kernel';

/** The clock of Redis, the only one that all workers share, read once and then followed on our own. */
export class RedisTime {
  readonly #clock: Clock;
  readonly #offsetMs: number;

  private constructor(clock: Clock, offsetMs: number) {
    this.#clock = clock;
    this.#offsetMs = offsetMs;
  }

  /**
   * Redis reads its clock between our question and its answer, so their middle is off by half the time between them at
   * most (Cristian 1989); of a few questions the one answered soonest counts.
   */
  static async read(redis: Redis, clock: Clock): Promise<RedisTime> {
    let best = { roundTripMs: Infinity, offsetMs: 0 };
    for (let i = 0; i < 5; i += 1) {
      const askedAtMs = clock.nowMs();
      const [seconds, microseconds] = await redis.time();
      const answeredAtMs = clock.nowMs();
      const redisMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
      const roundTripMs = answeredAtMs - askedAtMs;
      if (roundTripMs < best.roundTripMs) {
        best = { roundTripMs, offsetMs: (askedAtMs + answeredAtMs) / 2 - redisMs };
      }
    }
    return new RedisTime(clock, best.offsetMs);
  }

  /** Milliseconds since 1970 by the clock of Redis. */
  nowMs(): number {
    return this.#clock.nowMs() - this.#offsetMs;
  }

  /** The moment on our own clock at which it is `redisMs` on that of Redis. */
  localMs(redisMs: number): number {
    return redisMs + this.#offsetMs;
  }
}
