import { Alarm, LinkedQueue, type Clock, type ErrorCode, type PoolCounts, type Rng } from '#libs/kernel';
import type { Connection, ConnectionOwner } from './connection.ts';
import type { ConnectionLimit, LimitedPool } from './connection-limit.ts';
import { publishClosed, publishOpened } from './connection-news.ts';
import type { CloseReason, ConnectionState } from './connection-state.ts';
import { Dialler, type DialListener } from './dialler.ts';
import { isLocalLimit } from './dial-pause.ts';
import type { Exchange } from './exchange.ts';
import { IdleStack } from './idle-stack.ts';
import { LeakReporter, type RequestPlace } from './leak-reporter.ts';
import { MAX_GROUP } from './native/libc.ts';
import type { ResolvedPoolOptions } from './options.ts';
import { NameFollower } from './name-follower.ts';
import { firstLookAtMs, watchPeers } from './peer-watch.ts';
import { Refill } from './refill.ts';
import { Rejections } from './rejections.ts';
import type { Connector } from './transport.ts';
import type { Validation } from './validation/tier.ts';

/** With so many requests to send, sending waits no longer. */
const MAX_GATHERED = 32;

/** What a broker needs of the world. */
export interface BrokerSeams {
  readonly connector: Connector;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Calls back after the event loop has polled at least once, so that what the kernel knows has become an event. */
  readonly afterPoll: (callback: () => void) => void;
  /** Asks about several idle connections at once, where the machine can. */
  readonly areQuiet?: Validation['areQuiet'] | undefined;
  /** Tells whoever runs the process of a leak. Default `process.emitWarning`. */
  readonly warn?: ((sentence: string) => void) | undefined;
  /** What its pool shares with others; without it there is no other limit than its own. */
  readonly limit?: ConnectionLimit | undefined;
}

/**
 * Brings requests and connections together: idle connections are lent last in, first out; waiting requests are served
 * first in, first out; a request that waits makes the pool dial, and whichever connection is ready first serves it.
 *
 * Requests of one turn of the loop are sent together at its end, each on a connection that was looked at just before: a
 * peer that sleeps is woken once and not by every write, and one question to the kernel serves several connections.
 *
 * `supply` is what will become an idle connection by itself: dials under way and connections being looked at. The broker
 * dials only while more requests wait than supply is coming.
 */
export class Broker implements ConnectionOwner, LimitedPool {
  readonly origin: string;
  readonly #options: ResolvedPoolOptions;
  readonly #seams: BrokerSeams;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #dialler: Dialler;
  readonly #idle: IdleStack;
  readonly #waiting = new LinkedQueue<Exchange>();
  readonly #open = new Set<Connection>();
  readonly #limit: ConnectionLimit | undefined;
  readonly #refill: Refill;
  readonly #name: NameFollower;
  readonly #rejections: Rejections;
  readonly #leaks: LeakReporter;
  #supply = 0;
  #isLendingDue = false;
  #life: 'open' | 'draining' | 'destroyed' = 'open';
  readonly #ended = Promise.withResolvers<void>();
  readonly tally = { opened: 0, closed: 0, dialsFailed: 0 };

  constructor(origin: string, options: ResolvedPoolOptions, seams: BrokerSeams) {
    this.origin = origin;
    this.#options = options;
    this.#seams = seams;
    this.#clock = seams.clock;
    this.#idle = new IdleStack(origin, options, seams.clock, seams.areQuiet);
    this.#alarm = new Alarm(seams.clock, (nowMs, lateMs) => this.#onDue(nowMs, lateMs));
    this.#dialler = new Dialler(seams.connector, options, seams.clock, seams.rng, () => {
      this.#procure(this.#clock.nowMs());
      this.#refillNow(this.#clock.nowMs());
    });
    this.#name = new NameFollower(seams.connector, options.dnsRefreshMs);
    this.#refill = new Refill(seams.rng);
    this.#leaks = new LeakReporter(origin, seams.warn);
    this.#rejections = new Rejections(this, seams.clock, options.acquireTimeoutMs);
    this.#limit = seams.limit;
    this.#limit?.join(this);
    if (options.minIdle > 0) this.#alarm.wakeBy(seams.clock.nowMs());
  }

  get counts(): PoolCounts {
    return {
      active: this.#open.size - this.#idle.length - this.#supply,
      idle: this.#idle.length,
      pending: this.#waiting.length,
      max: this.#options.maxConnections,
    };
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
    return this.#supply;
  }

  get isOpen(): boolean {
    return this.#life === 'open';
  }

  get oldestIdleSinceMs(): number {
    // Those that somebody waits for are as good as lent.
    return this.#idle.length > this.#waiting.length ? this.#idle.oldestSinceMs : Infinity;
  }

  get oldestWaitSinceMs(): number {
    return this.#waiting.first?.queuedAtMs ?? Infinity;
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
    if (nowMs >= exchange.request.deadlineAtMs) return this.#rejectTooLate(exchange, nowMs);
    const unserved = this.#waiting.length - this.#supply - this.#idle.length;
    if (unserved >= this.#options.maxPending && !(this.#mayDial(nowMs) && this.#hasPlace())) {
      return this.#rejections.reject(
        exchange,
        'PLR_QUEUE_FULL',
        `${this.#waiting.length} requests already wait for a connection`,
      );
    }
    exchange.phaseDueAtMs = nowMs + this.#options.acquireTimeoutMs;
    exchange.hardDueAtMs = exchange.request.deadlineAtMs;
    this.#waiting.push(exchange);
    this.#alarm.wakeBy(exchange.dueAtMs);
    // Though a dial may be on its way: whatever is ready first serves it.
    if (this.#idle.length > 0) this.#lendAtTurnEnd();
    this.#procure(nowMs);
  }

  /** Ends an exchange from outside, wherever it is. */
  cancel(exchange: Exchange, code: ErrorCode, message: string, cause: unknown): void {
    if (exchange.connection) return exchange.connection.abandon(code, message, 'aborted', { cause });
    this.#waiting.remove(exchange);
    this.#rejections.reject(exchange, code, message, { cause });
    this.#settleWhenEmpty();
  }

  /** Nobody has read or dumped a body that holds a connection. */
  onBodyLeaked(exchange: Exchange, place: RequestPlace | undefined): void {
    this.#leaks.report(exchange, this.#options.unreadTimeoutMs, place);
  }

  /** Dials once although nobody waits: how a breaker learns that the peer is back. The connection joins the idle ones. */
  dialProbe(listener: DialListener): void {
    if (!this.isOpen)
      listener(this.#rejections.dialError('PLR_POOL_CLOSED', `the pool is ${this.#life}`, {}));
    else if (!this.#tryDial(listener, this.#clock.nowMs()))
      listener(this.#rejections.dialError('PLR_ACQUIRE_TIMEOUT', 'no connection may be opened now', {}));
  }

  /** Ends the wait of everybody who has no connection yet. A dial under way goes on: what comes of it joins the idle ones. */
  recall(message: string): void {
    this.#rejectWaiting('PLR_CIRCUIT_OPEN', message, undefined);
    this.#settleWhenEmpty();
  }

  /** Takes no more requests; ends when the last one is done. */
  async drain(): Promise<void> {
    if (this.isOpen) {
      this.#lendIdle();
      this.#life = 'draining';
      this.#idle.closeAll('pool-closed');
      this.#settleWhenEmpty();
    }
    return this.#ended.promise;
  }

  /** Cuts every connection and fails every request. */
  destroy(cause: unknown): void {
    this.#life = 'destroyed';
    this.#rejectWaiting('PLR_POOL_CLOSED', 'the pool was destroyed', cause);
    for (const connection of this.#open) {
      connection.abandon('PLR_POOL_CLOSED', 'the pool was destroyed', 'pool-destroyed', { cause });
    }
    this.#settleWhenEmpty();
  }

  // A connection speaks.

  onIdle(connection: Connection, nowMs: number): void {
    this.#idle.push(connection);
    if (connection.exchangesServed === 0) this.#onConnected(connection);
    this.#alarm.wakeBy(this.#idle.expiresAtMs(connection, nowMs));
    if (this.#limit?.isWantedByOther(this)) connection.close('made-room');
    else if (this.#waiting.length > 0) this.#lendAtTurnEnd();
    else this.#trimIdle();
  }

  onClosed(
    connection: Connection,
    from: ConnectionState,
    reason: CloseReason,
    error: Error | undefined,
  ): void {
    this.#open.delete(connection);
    this.#idle.remove(connection);
    this.tally.closed += 1;
    publishClosed(this.origin, connection.id, reason);
    const nowMs = this.#clock.nowMs();
    if (this.isOpen && this.#open.size < this.#options.minIdle) this.#alarm.wakeBy(nowMs);
    if (from.name === 'dialing') this.#onDialEnded(connection, reason, error, nowMs);
    if (from.name === 'reserved') this.#supply -= 1;
    if (from.name === 'leased' && (reason === 'peer-fin' || reason === 'peer-reset')) this.#idle.suspectAll();
    // The others lead into the same hole, and no look can tell.
    if (reason === 'peer-unreachable') this.#idle.closeAll('suspect');
    if (from.name === 'idle' && (reason === 'peer-fin' || reason === 'peer-reset')) {
      // What is idle now is to be judged anew.
      if (this.#idle.learn(nowMs - from.sinceMs, nowMs)) this.#alarm.wakeBy(nowMs);
    }
    this.#limit?.giveBack();
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

  #onConnected(connection: Connection): void {
    this.#supply -= 1;
    this.tally.opened += 1;
    publishOpened(this.origin, connection);
    connection.dialledFor = undefined;
    this.#refill.onConnected();
    this.#dialler.onConnected(connection);
  }

  #onDialEnded(connection: Connection, reason: CloseReason, cause: Error | undefined, nowMs: number): void {
    this.#supply -= 1;
    if (reason === 'pool-closed' || reason === 'pool-destroyed') {
      const sentence = `the pool is ${this.#life}`;
      return this.#dialler.tellFailed(connection, () =>
        this.#rejections.dialError('PLR_POOL_CLOSED', sentence, {}),
      );
    }
    this.tally.dialsFailed += 1;
    const failure = this.#dialler.onFailed(reason, cause, nowMs);
    const { code, message } = failure;
    this.#dialler.tellFailed(connection, () => this.#rejections.dialError(code, message, failure));
    // One failed dial fails the one request it was made for: the oldest, since supply serves in that order. A limit of
    // this machine fails nobody: dialling goes on when it is over.
    if (isLocalLimit(code) || this.#waiting.length <= this.#supply + this.#idle.length) return undefined;
    const exchange = this.#waiting.shift();
    if (!exchange) return undefined;
    const { dialledAtMs, tlsMs } = connection;
    exchange.dialledAtMs = dialledAtMs;
    exchange.tlsMs = tlsMs ?? 0;
    return this.#rejections.reject(exchange, code, message, {
      ...failure,
      phase: tlsMs === undefined ? 'connect' : 'tls',
    });
  }

  #lendAtTurnEnd(): void {
    if (!this.#isLendingDue) {
      this.#isLendingDue = true;
      this.#clock.atTurnEnd(this.#onTurnEnd);
    } else if (this.#waiting.length >= MAX_GATHERED && this.#idle.length >= MAX_GATHERED) {
      this.#lendIdle();
    }
  }

  readonly #onTurnEnd = (): void => {
    this.#isLendingDue = false;
    this.#lendIdle();
    this.#trimIdle();
  };

  /** Serves whoever waits longest, as far as there is something to lend. */
  #lendIdle(): void {
    const nowMs = this.#clock.nowMs();
    this.#idle.heedJump(nowMs, 0);
    for (let looked = 0; this.#waiting.length > 0; looked += 1) {
      if (looked % MAX_GROUP === 0) this.#idle.lookAhead(this.#waiting.length);
      const connection = this.#idle.take(nowMs, this.#lookAfterPoll);
      const exchange = connection && this.#waiting.shift();
      if (connection && exchange) this.#lend(connection, exchange, nowMs);
      // A dead one on the way made the broker look around, and who waited has been served meanwhile.
      else if (connection) this.#idle.push(connection);
      // Idle ones are left only where a look takes a turn of the loop: one look for each waiter.
      else if (this.#idle.length === 0 || this.#waiting.length <= this.#supply) return;
    }
  }

  #lend(connection: Connection, exchange: Exchange, nowMs: number): void {
    connection.lease(exchange, nowMs);
    this.#alarm.wakeBy(Math.min(exchange.dueAtMs, firstLookAtMs(connection, nowMs)));
  }

  /** Closes idle connections that there is no room for, unless somebody waits for them. */
  #trimIdle(): void {
    const most = this.isOpen ? this.#options.maxIdle : 0;
    while (this.#idle.length > most + this.#waiting.length) {
      this.#idle.closeLast(this.isOpen ? 'max-idle' : 'pool-closed');
    }
  }

  /** Looks at a connection again when the loop has polled: until then it is supply, and nobody's. */
  readonly #lookAfterPoll = (connection: Connection): void => {
    const idleSinceMs = connection.state.name === 'idle' ? connection.state.sinceMs : 0;
    connection.reserve();
    this.#supply += 1;
    this.#seams.afterPoll(() => {
      // A socket knows of a reset before it says so: its close event comes at the end of the turn.
      if (connection.state.name !== 'reserved' || !this.#idle.isGood(connection)) return undefined;
      this.#supply -= 1;
      connection.unreserve(idleSinceMs);
      const exchange = this.#waiting.shift();
      if (exchange) this.#lend(connection, exchange, this.#clock.nowMs());
      else {
        this.#idle.push(connection);
        this.#alarm.wakeBy(this.#idle.expiresAtMs(connection, this.#clock.nowMs()));
      }
      return this.#trimIdle();
    });
  };

  /** Sees to it that whoever waits gets something: an idle connection, else a dial. */
  #procure(nowMs: number): void {
    if (this.#waiting.length > this.#supply && this.#idle.length > 0) this.#lendAtTurnEnd();
    let isDialling = true;
    while (isDialling && this.#waiting.length > this.#supply + this.#idle.length) {
      isDialling = this.#tryDial(undefined, nowMs);
    }
  }

  /** Dials ahead where connections are fewer than `minIdle`. Returns when to look again. */
  #refillNow(nowMs: number): number {
    if (!this.isOpen) return Infinity;
    const { dials, nextAtMs } = this.#refill.plan(this.#options.minIdle - this.#open.size, nowMs);
    for (let i = 0; i < dials && this.#limit?.isFull !== true; i += 1) {
      if (!this.#tryDial(this.#onDialledAhead, nowMs)) break;
      this.#refill.onDialling();
    }
    return nextAtMs;
  }

  readonly #onDialledAhead: DialListener = (error) => {
    this.#refill.onDialEnded();
    const nowMs = this.#clock.nowMs();
    if (error && !isLocalLimit(error.code)) this.#refill.onFailed(nowMs);
    this.#alarm.wakeBy(nowMs);
  };

  #mayDial(nowMs: number): boolean {
    if (this.#life === 'destroyed') return false;
    return this.#open.size < this.#options.maxConnections && !this.#dialler.isPaused(nowMs);
  }

  #hasPlace(): boolean {
    return this.#limit?.hasPlaceFor(this) ?? true;
  }

  #tryDial(listener: DialListener | undefined, nowMs: number): boolean {
    if (!this.#mayDial(nowMs) || this.#limit?.tryTake(this) === false) return false;
    const connection = this.#dialler.dial(this, listener);
    connection.dialledFor = this.#waiting.last;
    this.#supply += 1;
    this.#open.add(connection);
    this.#alarm.wakeBy(Math.min(connection.dueAtMs, this.#name.follow(this.#open, nowMs)));
    return true;
  }

  /** Ends what is due and says when to look again. */
  #onDue(nowMs: number, lateMs: number): number {
    let nextAtMs = Infinity;
    this.#idle.heedJump(nowMs, lateMs);
    // Connections first: a request whose dial times out with it failed by the peer, not by our own limits.
    for (const connection of this.#open) {
      if (connection.dueAtMs <= nowMs) connection.onDue(nowMs);
      else nextAtMs = Math.min(nextAtMs, connection.dueAtMs);
    }
    nextAtMs = Math.min(nextAtMs, watchPeers(this.#open, nowMs));
    for (const exchange of this.#waiting) {
      if (exchange.dueAtMs > nowMs) nextAtMs = Math.min(nextAtMs, exchange.dueAtMs);
      else if (this.#waiting.remove(exchange)) this.#rejectTooLate(exchange, nowMs);
    }
    nextAtMs = Math.min(nextAtMs, this.#idle.expire(nowMs));
    nextAtMs = Math.min(nextAtMs, this.#refillNow(nowMs), this.#name.follow(this.#open, nowMs));
    this.#settleWhenEmpty();
    return nextAtMs;
  }

  #rejectTooLate(exchange: Exchange, nowMs: number): void {
    this.#rejections.rejectTooLate(exchange, nowMs, this.#dialler.limitSince(exchange.queuedAtMs));
  }

  #rejectWaiting(code: ErrorCode, message: string, cause: unknown): void {
    for (const exchange of this.#waiting) {
      this.#waiting.remove(exchange);
      this.#rejections.reject(exchange, code, message, { cause });
    }
  }

  #settleWhenEmpty(): void {
    if (this.#life === 'open' || this.#waiting.length > 0) return;
    // Nobody is left to serve: what is still being dialled or looked at is given up.
    if (this.#life === 'draining' && this.#supply > 0) this.#closeSupply();
    if (this.#open.size > 0) return;
    this.#alarm.stop();
    this.#dialler.stop();
    this.#limit?.leave(this);
    this.#ended.resolve();
  }

  #closeSupply(): void {
    for (const connection of this.#open) {
      const { name } = connection.state;
      if (name === 'dialing' || name === 'reserved') connection.close('pool-closed');
    }
  }
}
