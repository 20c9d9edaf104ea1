import { Alarm, type Clock, type ErrorCode, type PoolCounts } from '#libs/kernel';
import type { ActiveProbeRecord } from '#libs/records';
import type { ActiveProber } from './active-prober.ts';
import type { Connection } from './connection.ts';
import { publishClosed } from './connection-news.ts';
import type { CloseReason, ConnectionState } from './connection-state.ts';
import type { DialListener } from './dialler.ts';
import type { Exchange } from './exchange.ts';
import { IdleStack } from './idle-stack.ts';
import { LeakReporter, type RequestPlace } from './leak-reporter.ts';
import { Lending, type LendingSeams } from './lending.ts';
import type { ResolvedPoolOptions } from './options.ts';
import { watchPeers } from './peer-watch.ts';
import { Rejections } from './rejections.ts';
import { retireAt } from './retire-at.ts';
import { Supply, type SupplyOwner, type SupplySeams } from './supply.ts';
import type { Validation } from './validation/tier.ts';
import { WaitingLine } from './waiting-line.ts';

/** What a broker needs of the world. */
export interface BrokerSeams extends SupplySeams, LendingSeams {
  /** Asks about several idle connections at once, where the machine can. */
  readonly areQuiet?: Validation['areQuiet'] | undefined;
  /** Tells whoever runs the process of a leak. Default `process.emitWarning`. */
  readonly warn?: ((sentence: string) => void) | undefined;
}

/**
 * Brings requests and connections together: idle connections are lent last in, first out; waiting requests are served
 * first in, first out; a request that waits makes the pool dial, and whichever connection is ready first serves it.
 *
 * It dials only while more requests wait than supply is coming.
 */
export class Broker implements SupplyOwner {
  readonly origin: string;
  readonly #options: ResolvedPoolOptions;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #idle: IdleStack;
  readonly #waiting: WaitingLine;
  readonly #supply: Supply;
  readonly #rejections: Rejections;
  readonly #leaks: LeakReporter;
  readonly #lending: Lending;
  readonly #prober: ActiveProber | undefined;
  #life: 'open' | 'draining' | 'destroyed' = 'open';
  readonly #ended = Promise.withResolvers<void>();

  constructor(origin: string, options: ResolvedPoolOptions, seams: BrokerSeams) {
    this.origin = origin;
    this.#options = options;
    this.#clock = seams.clock;
    this.#idle = new IdleStack(origin, options, seams.clock, seams.areQuiet);
    this.#alarm = new Alarm(seams.clock, (nowMs, lateMs) => this.#onDue(nowMs, lateMs));
    this.#prober = seams.prober;
    this.#leaks = new LeakReporter(origin, seams.warn);
    this.#rejections = new Rejections(this, seams.clock, options.acquireTimeoutMs);
    this.#waiting = new WaitingLine(this.#rejections, options.acquireTimeoutMs);
    this.#supply = new Supply(this, options, seams, this.#alarm, this.#rejections);
    const parts = { idle: this.#idle, waiting: this.#waiting, supply: this.#supply, alarm: this.#alarm };
    this.#lending = new Lending(this, options.maxIdle, parts, seams);
  }

  get counts(): PoolCounts {
    return {
      active: this.#lending.active,
      idle: this.#idle.length,
      pending: this.#waiting.length,
      max: this.#options.maxConnections,
    };
  }

  /** Requests that it takes at once: those that connections carry, and those that wait for one. */
  get capacity(): number {
    const { maxConnections, maxPending } = this.#options;
    return Math.min(maxConnections, this.#lending.limit ?? maxConnections) + maxPending;
  }

  /** Idle connections that a look found dead, so that no request met them. */
  get probesDead(): number {
    return this.#idle.deadFound;
  }

  /** How much of a response's body may be gathered in memory. */
  get maxBodyBytes(): number {
    return this.#options.maxBodyBytes;
  }

  /** Responses whose bodies nobody read or dumped. */
  get bodiesLeaked(): number {
    return this.#leaks.count;
  }

  /** How long connections of this origin may be idle by experience; `Infinity` for no experience. */
  get learnedIdleLimitMs(): number {
    return this.#idle.learnedLimitMs(this.#clock.nowMs());
  }

  /** Dials under way and connections being looked at. */
  get supply(): number {
    return this.#supply.coming;
  }

  /** Connections so far. */
  get tally(): Supply['tally'] {
    return this.#supply.tally;
  }

  get life(): SupplyOwner['life'] {
    return this.#life;
  }

  get isOpen(): boolean {
    return this.#life === 'open';
  }

  get oldestIdleSinceMs(): number {
    // Those that somebody waits for are as good as lent.
    return this.#idle.length > this.#lending.servable ? this.#idle.oldestSinceMs : Infinity;
  }

  get oldestWaitSinceMs(): number {
    return this.#waiting.oldestSinceMs;
  }

  /** Has `onDue` asked by then: a due time of a connection has come nearer. */
  wakeBy(atMs: number): void {
    this.#alarm.wakeBy(atMs);
  }

  /** Gives the exchange a connection at the end of this turn, or lets it wait for one, or fails it. */
  submit(exchange: Exchange): void {
    const nowMs = this.#clock.nowMs();
    exchange.queuedAtMs = nowMs;
    if (!this.isOpen)
      return this.#rejections.reject(exchange, 'PLR_POOL_CLOSED', `the pool is ${this.#life}`);
    if (nowMs >= exchange.request.deadlineAtMs)
      return this.#rejections.rejectTooLate(exchange, nowMs, undefined, undefined);
    const { room } = this.#lending;
    const unserved = this.#waiting.length - Math.min(room, this.#supply.coming + this.#idle.length);
    const isFull = unserved >= this.#options.maxPending;
    if (isFull && !(this.#waiting.length < room && this.#supply.canDial(nowMs))) {
      return this.#rejections.reject(
        exchange,
        'PLR_QUEUE_FULL',
        `${this.#waiting.length} requests already wait for a connection`,
      );
    }
    this.#waiting.join(exchange, nowMs);
    this.#alarm.wakeBy(exchange.dueAtMs);
    // Though a dial may be on its way: whatever is ready first serves it.
    if (this.#idle.length > 0) this.#lending.lendAtTurnEnd();
    this.#procure(nowMs);
  }

  /** Ends an exchange from outside, wherever it is. */
  cancel(exchange: Exchange, code: ErrorCode, message: string, cause: unknown): void {
    if (exchange.connection) return exchange.connection.abandon(code, message, 'aborted', { cause });
    this.#waiting.remove(exchange);
    this.#rejections.reject(exchange, code, message, { cause });
    this.#onWaitersGone();
  }

  /** Nobody has read or dumped a body that holds a connection. */
  onBodyLeaked(exchange: Exchange, place: RequestPlace | undefined): void {
    this.#leaks.report(exchange, this.#options.unreadTimeoutMs, place);
  }

  /** Dials once although nobody waits: how a breaker learns that the peer is back. The connection joins the idle ones. */
  dialProbe(listener: DialListener): void {
    if (!this.isOpen)
      listener(this.#rejections.dialError('PLR_POOL_CLOSED', `the pool is ${this.#life}`, {}));
    else if (!this.#supply.dial(listener, this.#waiting.last, this.#clock.nowMs()))
      listener(this.#rejections.dialError('PLR_ACQUIRE_TIMEOUT', 'no connection may be opened now', {}));
  }

  /** Ends the wait of everybody who has no connection yet. A dial under way goes on: what comes of it joins the idle ones. */
  recall(message: string): void {
    this.#waiting.failAll('PLR_CIRCUIT_OPEN', message);
    this.#onWaitersGone();
  }

  /** Lends no connection to this address any more. */
  retireAddress(address: string): void {
    retireAt(this.#supply.open, (remoteAddress) => remoteAddress === address, 'address-out');
  }

  /** More connections may be lent at once than before: whoever waits for that has a turn. */
  onLeaseLimitRaised(): void {
    this.#procure(this.#clock.nowMs());
  }

  /** Takes no more requests; ends when the last one is done. */
  async drain(): Promise<void> {
    if (this.isOpen) {
      this.#lending.lendNow();
      this.#life = 'draining';
      this.#idle.closeAll('pool-closed');
      this.#settleWhenEmpty();
    }
    return this.#ended.promise;
  }

  /** Cuts every connection and fails every request. */
  destroy(cause: unknown): void {
    this.#life = 'destroyed';
    this.#waiting.failAll('PLR_POOL_CLOSED', 'the pool was destroyed', cause);
    for (const connection of this.#supply.open) {
      connection.abandon('PLR_POOL_CLOSED', 'the pool was destroyed', 'pool-destroyed', { cause });
    }
    this.#settleWhenEmpty();
  }

  // A connection speaks.

  onIdle(connection: Connection, nowMs: number): void {
    if (this.#prober?.end(connection, nowMs, undefined)) this.#supply.onLooked();
    this.#idle.push(connection);
    if (connection.exchangesServed === 0) this.#supply.onConnected(connection);
    // Whoever heard of it may have had it lent already.
    if (connection.state.name !== 'idle') return;
    this.#alarm.wakeBy(this.#idle.expiresAtMs(connection, nowMs));
    if (this.#supply.isWantedByOther) connection.close('made-room');
    else if (this.#waiting.length > 0) this.#lending.lendAtTurnEnd();
    else this.#lending.trimIdle();
  }

  onClosed(
    connection: Connection,
    from: ConnectionState,
    reason: CloseReason,
    error: Error | undefined,
  ): void {
    const nowMs = this.#clock.nowMs();
    this.#idle.remove(connection);
    this.#supply.onClosed(connection, nowMs);
    publishClosed(this.origin, connection.id, reason);
    if (from.name === 'dialing') this.#onDialEnded(connection, reason, error, nowMs);
    if (from.name === 'reserved') this.#supply.onLooked();
    const probe = this.#prober?.end(connection, nowMs, reason);
    if (probe) this.#onProbeFailed(probe);
    if (from.name === 'leased' && (reason === 'peer-fin' || reason === 'peer-reset')) this.#idle.suspectAll();
    // The others lead into the same hole, and no look can tell.
    if (reason === 'peer-unreachable') this.#idle.closeAll('suspect');
    // Nobody shall wait for one silence after the other: these have been silent for longer.
    if (probe?.failure === 'timeout') this.#idle.closeIdleSince(probe.startedAtMs, 'suspect');
    if (from.name === 'idle' && (reason === 'peer-fin' || reason === 'peer-reset')) {
      // What is idle now is to be judged anew.
      if (this.#idle.learn(nowMs - from.sinceMs, nowMs)) this.#alarm.wakeBy(nowMs);
    }
    this.#supply.giveBackPlace();
    // Though a dial may be on its way, the next idle one may be proven sooner.
    if (probe && this.#idle.length > 0) this.#lending.lendAtTurnEnd();
    this.#procure(nowMs);
    this.#settleWhenEmpty();
  }

  // The limit that it shares with other pools speaks.

  yieldOldestIdle(): void {
    this.#idle.closeOldest('made-room');
  }

  onPlace(): void {
    this.#procure(this.#clock.nowMs());
  }

  onDiallingResumed(): void {
    this.#procure(this.#clock.nowMs());
  }

  #onDialEnded(connection: Connection, reason: CloseReason, cause: Error | undefined, nowMs: number): void {
    const failure = this.#supply.onDialEnded(connection, reason, cause, nowMs);
    if (failure && this.#lending.servable > this.#supply.coming + this.#idle.length)
      this.#waiting.failOldest(connection, failure);
  }

  /** It is part of the story of whoever waits longest: that one would have been served by its connection. */
  #onProbeFailed(probe: ActiveProbeRecord): void {
    this.#supply.onLooked();
    this.#waiting.first?.waitedFor(probe);
  }

  /** Sees to it that whoever waits gets something: an idle connection, else a dial. */
  #procure(nowMs: number): void {
    if (this.#lending.servable > this.#supply.coming && this.#idle.length > 0) this.#lending.lendAtTurnEnd();
    let isDialling = true;
    while (isDialling && this.#lending.servable > this.#supply.coming + this.#idle.length) {
      isDialling = this.#supply.dial(undefined, this.#waiting.last, nowMs);
    }
  }

  /** Ends what is due and says when to look again. */
  #onDue(nowMs: number, lateMs: number): number {
    let nextAtMs = Infinity;
    this.#idle.heedJump(nowMs, lateMs);
    // Connections first: a request whose dial times out with it failed by the peer, not by our own limits.
    for (const connection of this.#supply.open) {
      if (connection.dueAtMs <= nowMs) connection.onDue(nowMs);
      // One that a slow reader has stopped is not ended: its deadline still is to come.
      nextAtMs = Math.min(nextAtMs, connection.dueAtMs);
    }
    nextAtMs = Math.min(nextAtMs, watchPeers(this.#supply.open, nowMs));
    const leaseLimit = this.#lending.room === 0 ? this.#lending.limit : undefined;
    nextAtMs = Math.min(
      nextAtMs,
      this.#waiting.expire(nowMs, leaseLimit, (sinceMs) => this.#supply.limitSince(sinceMs)),
    );
    nextAtMs = Math.min(nextAtMs, this.#idle.expire(nowMs));
    nextAtMs = Math.min(nextAtMs, this.#supply.refill(nowMs), this.#supply.followName(nowMs));
    this.#onWaitersGone();
    return nextAtMs;
  }

  /** What was kept for those who have just left the queue is too much now, and nobody may be left to serve. */
  #onWaitersGone(): void {
    this.#lending.trimIdle();
    this.#settleWhenEmpty();
  }

  #settleWhenEmpty(): void {
    if (this.#life === 'open' || this.#waiting.length > 0) return;
    // Nobody is left to serve: what is still being dialled or looked at is given up.
    if (this.#life === 'draining' && this.#supply.coming > 0) {
      this.#supply.close();
      this.#prober?.abandonAll();
    }
    if (this.#supply.open.size > 0) return;
    this.#alarm.stop();
    this.#supply.stop();
    this.#ended.resolve();
  }
}
