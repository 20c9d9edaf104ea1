import { HeadMemo } from '#libs/http1';
import type { Clock, ErrorCode, PoolerError, Rng, Timer } from '#libs/kernel';
import { Connection, type ConnectionOwner } from './connection.ts';
import type { CloseReason } from './connection-state.ts';
import { DialPause, isLocalLimit, type LocalLimit } from './dial-pause.ts';
import { Lifespan } from './lifespan.ts';
import { lifetimeOf } from './maintain.ts';
import type { ResolvedPoolOptions } from './options.ts';
import { codeOfFailedDial, systemFacts, type SystemFacts } from './system-errors.ts';
import type { Connector } from './transport.ts';

/** Hears how one dial ended that nobody waits for. */
export type DialListener = (error: PoolerError | undefined) => void;

/** Why a dial failed. */
export interface DialFailure extends SystemFacts {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Makes the connections of one pool, and holds back while this machine can make none. */
export class Dialler {
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #options: ResolvedPoolOptions;
  readonly #rng: Rng;
  readonly #onResumed: () => void;
  readonly #pause: DialPause;
  readonly #listeners = new Map<Connection, DialListener>();
  /** One for all connections, since the peer is the same. */
  readonly #memo = new HeadMemo();
  #nextConnectionId = 1;
  /** Rings when dialling may go on. */
  #timer: Timer | undefined;

  /** @param onResumed hears that dialling may go on after a pause. */
  constructor(
    connector: Connector,
    options: ResolvedPoolOptions,
    clock: Clock,
    rng: Rng,
    onResumed: () => void,
  ) {
    this.#connector = connector;
    this.#options = options;
    this.#clock = clock;
    this.#rng = rng;
    this.#onResumed = onResumed;
    this.#pause = new DialPause(rng);
  }

  isPaused(nowMs: number): boolean {
    return this.#pause.untilMs > nowMs;
  }

  /** The limit of this machine that has held dialling back ever since `sinceMs`, if one has. */
  limitSince(sinceMs: number): LocalLimit | undefined {
    return this.#pause.limitSince(sinceMs);
  }

  dial(owner: ConnectionOwner, listener: DialListener | undefined): Connection {
    const { idleTimeoutMs, maxIdleTimeoutMs, maxLifetimeMs } = this.#options;
    const retireAtMs = this.#clock.nowMs() + lifetimeOf(maxLifetimeMs, this.#rng.next());
    const connection = new Connection(
      this.#nextConnectionId,
      this.#connector,
      owner,
      this.#options,
      this.#clock,
      this.#memo,
      new Lifespan(idleTimeoutMs, maxIdleTimeoutMs, retireAtMs),
    );
    this.#nextConnectionId += 1;
    if (listener) this.#listeners.set(connection, listener);
    return connection;
  }

  /** A dial connected: dialling goes on, also for those who waited for the end of a pause. */
  onConnected(connection: Connection): void {
    if (this.#pause.onConnected()) this.#resumeNow();
    this.#takeListener(connection)?.(undefined);
  }

  /** A dial ended without a connection: says why, and pauses dialling where it met a limit of this machine. */
  onFailed(reason: CloseReason, cause: Error | undefined, nowMs: number): DialFailure {
    const failure = reason === 'dial-timeout' ? this.#timeout() : failureOf(cause);
    if (isLocalLimit(failure.code)) this.#hold(failure.code, nowMs);
    return failure;
  }

  /** Tells whoever asked for this dial that it failed. */
  tellFailed(connection: Connection, error: () => PoolerError): void {
    this.#takeListener(connection)?.(error());
  }

  /** Nothing will be dialled any more. */
  stop(): void {
    this.#timer?.cancel();
  }

  #timeout(): DialFailure {
    const message = `no connection within ${this.#options.connectTimeoutMs} ms`;
    return {
      code: 'PLR_CONNECT_TIMEOUT',
      message,
      errno: 'ETIMEDOUT',
      syscall: 'connect',
      reason: undefined,
      cause: undefined,
    };
  }

  #hold(limit: LocalLimit, nowMs: number): void {
    this.#pause.onLimit(limit, nowMs);
    // A timer of its own, since no socket may be left that would keep the process alive for those who wait.
    this.#timer ??= this.#clock.setTimer(this.#resume, this.#pause.untilMs - nowMs);
  }

  #resumeNow(): void {
    // The next pause begins short again and would end before this timer rings.
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#onResumed();
  }

  readonly #resume = (): void => {
    const restMs = this.#pause.untilMs - this.#clock.nowMs();
    // A timer of the system may ring a fraction of a millisecond early.
    this.#timer = restMs > 0 ? this.#clock.setTimer(this.#resume, restMs) : undefined;
    this.#onResumed();
  };

  #takeListener(connection: Connection): DialListener | undefined {
    const listener = this.#listeners.get(connection);
    this.#listeners.delete(connection);
    return listener;
  }
}

function failureOf(cause: Error | undefined): DialFailure {
  const message = cause ? `the dial failed: ${cause.message}` : 'the dial failed';
  return { code: codeOfFailedDial(cause), message, ...systemFacts(cause) };
}
