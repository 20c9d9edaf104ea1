import type { Alarm, Clock } from '#libs/kernel';
import type { ActiveProber } from './active-prober.ts';
import type { Connection } from './connection.ts';
import type { Exchange } from './exchange.ts';
import type { IdleStack } from './idle-stack.ts';
import type { LeaseLimit } from './lease-limit.ts';
import { MAX_GROUP } from './native/libc.ts';
import { firstLookAtMs } from './peer-watch.ts';
import type { Supply } from './supply.ts';
import type { WaitingLine } from './waiting-line.ts';

/** With so many requests to send, sending waits no longer. */
const MAX_GATHERED = 32;

/** The parts of a pool that lending brings together. */
export interface LendingParts {
  readonly idle: IdleStack;
  readonly waiting: WaitingLine;
  readonly supply: Supply;
  readonly alarm: Alarm;
}

/** What lending needs of the world. */
export interface LendingSeams {
  readonly clock: Clock;
  /** Calls back after the event loop has polled at least once, so that what the kernel knows has become an event. */
  readonly afterPoll: (callback: () => void) => void;
  /** Asks peers on connections that were idle for long; without it nobody is asked. */
  readonly prober?: ActiveProber | undefined;
  /** How many connections may be lent at once; all of them without it. */
  readonly leaseLimit?: LeaseLimit | undefined;
}

/**
 * Lends the idle connections of one pool to whoever waits longest.
 *
 * Requests of one turn of the loop are sent together at its end, each on a connection that was looked at just before: a
 * peer that sleeps is woken once and not by every write, and one question to the kernel serves several connections.
 */
export class Lending {
  readonly #idle: IdleStack;
  readonly #waiting: WaitingLine;
  readonly #supply: Supply;
  readonly #alarm: Alarm;
  readonly #pool: { readonly isOpen: boolean };
  readonly #maxIdle: number;
  readonly #clock: Clock;
  readonly #afterPoll: LendingSeams['afterPoll'];
  readonly #leaseLimit: LeaseLimit | undefined;
  readonly #prober: ActiveProber | undefined;
  #isDue = false;

  constructor(
    pool: { readonly isOpen: boolean },
    maxIdle: number,
    { idle, waiting, supply, alarm }: LendingParts,
    seams: LendingSeams,
  ) {
    this.#pool = pool;
    this.#idle = idle;
    this.#waiting = waiting;
    this.#supply = supply;
    this.#alarm = alarm;
    this.#maxIdle = maxIdle;
    this.#clock = seams.clock;
    this.#afterPoll = seams.afterPoll;
    this.#leaseLimit = seams.leaseLimit;
    this.#prober = seams.prober;
  }

  /** Connections that are lent. */
  get active(): number {
    return this.#supply.open.size - this.#idle.length - this.#supply.coming;
  }

  /** How many may be lent at once, where that is limited. */
  get limit(): number | undefined {
    return this.#leaseLimit?.limit;
  }

  /** How many more may be lent now. */
  get room(): number {
    return this.#leaseLimit === undefined ? Infinity : Math.max(0, this.#leaseLimit.limit - this.active);
  }

  /** Waiting requests that may have a connection as soon as there is one. */
  get servable(): number {
    return this.#leaseLimit === undefined ? this.#waiting.length : Math.min(this.#waiting.length, this.room);
  }

  lendAtTurnEnd(): void {
    if (!this.#isDue) {
      this.#isDue = true;
      this.#clock.atTurnEnd(this.#onTurnEnd);
    } else if (this.#waiting.length >= MAX_GATHERED && this.#idle.length >= MAX_GATHERED) {
      this.lendNow();
    }
  }

  /** Serves whoever waits longest, as far as there is something to lend. */
  lendNow(): void {
    const nowMs = this.#clock.nowMs();
    this.#idle.heedJump(nowMs, 0);
    for (let looked = 0; this.#waiting.length > 0; looked += 1) {
      if (this.#leaseLimit && this.room === 0) return;
      if (looked % MAX_GROUP === 0) this.#idle.lookAhead(this.servable);
      const connection = this.#idle.take(nowMs, this.#lookAfterPoll);
      // A dead one on the way made the broker look around, and who waited has been served meanwhile.
      if (connection && this.#leaseLimit && this.active > this.#leaseLimit.limit)
        return this.#idle.push(connection);
      if (connection && this.#prober?.isDue(connection, nowMs)) {
        if (!this.#probe(connection, this.#prober, nowMs)) return;
        continue;
      }
      const exchange = connection && this.#waiting.shift();
      if (connection && exchange) this.#lend(connection, exchange, nowMs);
      else if (connection) this.#idle.push(connection);
      // Idle ones are left only where a look takes a turn of the loop: one look for each waiter.
      else if (this.#idle.length === 0 || this.servable <= this.#supply.coming) return;
    }
  }

  /** Closes idle connections that there is no room for, or that another pool waits for, unless somebody waits for them. */
  trimIdle(): void {
    const { isOpen } = this.#pool;
    const most = isOpen ? this.#maxIdle : 0;
    while (this.#idle.length > most + this.servable) {
      this.#idle.closeLast(isOpen ? 'max-idle' : 'pool-closed');
    }
    // When it became idle somebody waited for it here, and has been served by another or has gone.
    while (this.#idle.length > this.#waiting.length && this.#supply.isWantedByOther)
      this.#idle.closeOldest('made-room');
  }

  readonly #onTurnEnd = (): void => {
    this.#isDue = false;
    this.lendNow();
    this.trimIdle();
  };

  #lend(connection: Connection, exchange: Exchange, nowMs: number): void {
    if (this.#leaseLimit) exchange.leasesThen = this.active;
    this.#prober?.onLent(connection, exchange);
    connection.lease(exchange, nowMs);
    this.#alarm.wakeBy(Math.min(exchange.dueAtMs, firstLookAtMs(connection, nowMs)));
  }

  /** Looks at a connection again when the loop has polled: until then it is supply, and nobody's. */
  readonly #lookAfterPoll = (connection: Connection): void => {
    const idleSinceMs = connection.state.name === 'idle' ? connection.state.sinceMs : 0;
    connection.reserve();
    this.#supply.onLooking();
    this.#afterPoll(() => {
      // A socket knows of a reset before it says so: its close event comes at the end of the turn.
      if (connection.state.name !== 'reserved' || !this.#idle.isGood(connection)) return undefined;
      const { servable } = this;
      this.#supply.onLooked();
      connection.unreserve(idleSinceMs);
      const nowMs = this.#clock.nowMs();
      if (this.#prober?.isDue(connection, nowMs)) this.#probe(connection, this.#prober, nowMs);
      else {
        const exchange = servable > 0 ? this.#waiting.shift() : undefined;
        if (exchange) this.#lend(connection, exchange, nowMs);
        else this.#putBack(connection, nowMs);
      }
      return this.trimIdle();
    });
  };

  #putBack(connection: Connection, nowMs: number): void {
    this.#idle.push(connection);
    this.#alarm.wakeBy(this.#idle.expiresAtMs(connection, nowMs));
  }

  /** Asks the peer on a connection just taken: until it has answered, that is supply. False where enough are asked. */
  #probe(connection: Connection, prober: ActiveProber, nowMs: number): boolean {
    this.#supply.onLooking();
    if (prober.running >= this.servable) {
      this.#supply.onLooked();
      this.#putBack(connection, nowMs);
      return false;
    }
    this.#lend(connection, prober.begin(connection, nowMs), nowMs);
    return true;
  }
}
