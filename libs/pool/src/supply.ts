import type { Alarm, Clock, Rng } from '#libs/kernel';
import type { Connection, ConnectionOwner } from './connection.ts';
import type { ConnectionLimit, LimitedPool } from './connection-limit.ts';
import { publishOpened } from './connection-news.ts';
import type { CloseReason } from './connection-state.ts';
import { isLocalLimit, type LocalLimit } from './dial-pause.ts';
import { Dialler, type DialFailure, type DialListener } from './dialler.ts';
import type { Exchange } from './exchange.ts';
import { NameFollower } from './name-follower.ts';
import type { ResolvedPoolOptions } from './options.ts';
import { Refill } from './refill.ts';
import type { Rejections } from './rejections.ts';
import type { Connector } from './transport.ts';

/** A place that another pool gives back is offered to whoever waits for one. Who only dials ahead looks again after this. */
const FULL_LIMIT_WAIT_MS = 1_000;

/** What the supply of a pool needs of the world. */
export interface SupplySeams {
  readonly connector: Connector;
  readonly clock: Clock;
  readonly rng: Rng;
  /** What its pool shares with others; without it there is no other limit than its own. */
  readonly limit?: ConnectionLimit | undefined;
}

/** Whose supply it is. */
export interface SupplyOwner extends ConnectionOwner, LimitedPool {
  readonly life: 'open' | 'draining' | 'destroyed';
  /** Dialling may go on after a pause. */
  onDiallingResumed(): void;
}

/**
 * The open connections of one pool, and what will become an idle one by itself: dials under way, for whoever waits, ahead up
 * to `minIdle` or for a breaker, and connections being looked at. Dials as far as the limits let it.
 */
export class Supply {
  readonly tally = { opened: 0, closed: 0, dialsFailed: 0 };
  readonly #owner: SupplyOwner;
  readonly #options: ResolvedPoolOptions;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #rejections: Rejections;
  readonly #limit: ConnectionLimit | undefined;
  readonly #dialler: Dialler;
  readonly #refill: Refill;
  readonly #name: NameFollower;
  readonly #open = new Set<Connection>();
  #coming = 0;

  constructor(
    owner: SupplyOwner,
    options: ResolvedPoolOptions,
    seams: SupplySeams,
    alarm: Alarm,
    rejections: Rejections,
  ) {
    this.#owner = owner;
    this.#options = options;
    this.#clock = seams.clock;
    this.#alarm = alarm;
    this.#rejections = rejections;
    this.#limit = seams.limit;
    this.#limit?.join(owner);
    this.#dialler = new Dialler(seams.connector, options, seams.clock, seams.rng, () => {
      owner.onDiallingResumed();
      this.refill(this.#clock.nowMs());
    });
    this.#refill = new Refill(seams.rng);
    this.#name = new NameFollower(seams.connector, options.dnsRefreshMs);
    if (options.minIdle > 0) alarm.wakeBy(seams.clock.nowMs());
  }

  /** Dialling ones included. */
  get open(): ReadonlySet<Connection> {
    return this.#open;
  }

  /** Dials under way and connections being looked at. */
  get coming(): number {
    return this.#coming;
  }

  /** Whether `dial` would, perhaps in a place that another pool makes room for. */
  canDial(nowMs: number): boolean {
    return this.#mayDial(nowMs) && (this.#limit?.hasPlaceFor(this.#owner) ?? true);
  }

  /** Whether a connection that has just become idle should go, for a request of another pool has waited longer. */
  get isWantedByOther(): boolean {
    return this.#limit?.isWantedByOther(this.#owner) ?? false;
  }

  /** The limit of this machine that has held dialling back ever since `sinceMs`, if one has. */
  limitSince(sinceMs: number): LocalLimit | undefined {
    return this.#dialler.limitSince(sinceMs);
  }

  /** Makes one more connection. False where there may be none now. */
  dial(listener: DialListener | undefined, dialledFor: Exchange | undefined, nowMs: number): boolean {
    if (!this.#mayDial(nowMs) || this.#limit?.tryTake(this.#owner) === false) return false;
    const connection = this.#dialler.dial(this.#owner, listener);
    connection.dialledFor = dialledFor;
    this.#coming += 1;
    this.#open.add(connection);
    this.#alarm.wakeBy(Math.min(connection.dueAtMs, this.followName(nowMs)));
    return true;
  }

  /** Dials ahead where connections are fewer than `minIdle`. Returns when to look again. */
  refill(nowMs: number): number {
    if (this.#owner.life !== 'open') return Infinity;
    const { dials, nextAtMs } = this.#refill.plan(this.#options.minIdle - this.#open.size, nowMs);
    for (let i = 0; i < dials; i += 1) {
      if (this.#limit?.isFull === true) return Math.min(nextAtMs, nowMs + FULL_LIMIT_WAIT_MS);
      if (!this.dial(this.#onDialledAhead, undefined, nowMs)) break;
      this.#refill.onDialling();
    }
    return nextAtMs;
  }

  /** Resolves the origin's name again if it is time to. Returns when to come again. */
  followName(nowMs: number): number {
    return this.#name.follow(this.#open, nowMs);
  }

  onConnected(connection: Connection): void {
    this.#coming -= 1;
    this.tally.opened += 1;
    publishOpened(this.#owner.origin, connection);
    connection.dialledFor = undefined;
    this.#refill.onConnected();
    this.#dialler.onConnected(connection);
  }

  /** An idle connection is being looked at, until `onLooked` or its end. */
  onLooking(): void {
    this.#coming += 1;
  }

  onLooked(): void {
    this.#coming -= 1;
  }

  onClosed(connection: Connection, nowMs: number): void {
    this.#open.delete(connection);
    this.tally.closed += 1;
    if (this.#owner.life === 'open' && this.#open.size < this.#options.minIdle) this.#alarm.wakeBy(nowMs);
  }

  /** A dial ended without a connection. Returns what whoever waits is to hear of it, if anything. */
  onDialEnded(
    connection: Connection,
    reason: CloseReason,
    cause: Error | undefined,
    nowMs: number,
  ): DialFailure | undefined {
    this.#coming -= 1;
    if (reason === 'pool-closed' || reason === 'pool-destroyed') {
      const sentence = `the pool is ${this.#owner.life}`;
      this.#dialler.tellFailed(connection, () => this.#rejections.dialError('PLR_POOL_CLOSED', sentence, {}));
      return undefined;
    }
    this.tally.dialsFailed += 1;
    const failure = this.#dialler.onFailed(reason, cause, nowMs);
    const { code, message } = failure;
    this.#dialler.tellFailed(connection, () => this.#rejections.dialError(code, message, failure));
    // A limit of this machine fails nobody: dialling goes on when it is over.
    return isLocalLimit(code) ? undefined : failure;
  }

  /** Its place may be another pool's. */
  giveBackPlace(): void {
    this.#limit?.giveBack();
  }

  /** Gives up what is still being dialled or looked at: nobody is left to serve. */
  close(): void {
    for (const connection of this.#open) {
      const { name } = connection.state;
      if (name === 'dialing' || name === 'reserved') connection.close('pool-closed');
    }
  }

  /** The last connection is closed, and none will be opened any more. */
  stop(): void {
    this.#dialler.stop();
    this.#limit?.leave(this.#owner);
  }

  readonly #onDialledAhead: DialListener = (error) => {
    this.#refill.onDialEnded();
    const nowMs = this.#clock.nowMs();
    if (error && !isLocalLimit(error.code)) this.#refill.onFailed(nowMs);
    this.#alarm.wakeBy(nowMs);
  };

  #mayDial(nowMs: number): boolean {
    if (this.#owner.life === 'destroyed') return false;
    return this.#open.size < this.#options.maxConnections && !this.#dialler.isPaused(nowMs);
  }
}
