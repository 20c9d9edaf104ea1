import type { Dice } from './dice.ts';

/** What a server says of the life of one connection, and what a client must make of it. */
export class KeepAliveWord {
  /** How long the server keeps it idle. */
  readonly keptForMs: number;
  /** How many requests it takes on it in all. */
  readonly maxExchanges: number;
  readonly field: string;

  /**
   * @param served requests on the connection, the present one included
   * @param before what was said on it before: the number of requests stands
   */
  constructor(served: number, before: KeepAliveWord | undefined, dice: Dice) {
    const seconds = dice.pick([1, 2, 3, 5]);
    this.keptForMs = seconds * 1_000;
    this.maxExchanges = before?.maxExchanges ?? served + dice.whole(0, 6);
    this.field = `Keep-Alive: timeout=${seconds}, max=${this.maxExchanges - served}\r\n`;
  }

  /** How long a client may keep it idle: a second less, for what is under way. 0: not at all. */
  idleLimitMs(maxIdleTimeoutMs: number): number {
    return Math.min(this.keptForMs - 1_000, maxIdleTimeoutMs);
  }
}
