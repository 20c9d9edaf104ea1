import { PoolerError, type Clock, type ErrorCode, type Rng } from '#libs/kernel';
import {
  Pool,
  type AllowAddress,
  type ConnectionLimit,
  type Connector,
  type Exchange,
  type PoolSeams,
  type PoolStats,
  type ResolveName,
} from '#libs/pool';
import { channels } from '#libs/records';
import {
  Breaker,
  ConcurrencyLimit,
  type BreakerTransition,
  type LoadSign,
  type Permit,
  type Refusal,
} from '#libs/resilience';
import { BackgroundDial } from './background-dial.ts';
import type { FaultShadow } from './fault-shadow.ts';
import { healthOf, type OriginHealth } from './health.ts';
import { OriginAddresses } from './origin-addresses.ts';
import type { ResolvedClientOptions } from './options.ts';
import { OriginFaults } from './origin-faults.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What an origin needs of the client around it. */
export interface OriginSeams {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly connector: ((origin: Connector) => Connector) | undefined;
  readonly allowAddress: AllowAddress | undefined;
  readonly resolveName: ResolveName | undefined;
  /** Of all origins of the client together. */
  readonly limit: ConnectionLimit;
  readonly afterPoll: PoolSeams['afterPoll'];
  readonly warn: PoolSeams['warn'];
  /** Whether faults may cut its connections. */
  readonly hasFaults: boolean;
}

/** What one origin has done so far. */
export interface OriginTally {
  /** Logical requests that are over. */
  requests: number;
  /** Those whose final status is 2xx or 3xx. */
  ok: number;
  /** The others: any other final status, or an error. */
  failed: number;
  /** Attempts beyond the first: by policy and re-sent. */
  retries: number;
  /** Policy retries that the client's budget refused. */
  retriesWithheld: number;
  /** Times that its breaker opened. */
  circuitOpens: number;
}

export interface OriginStats extends Readonly<OriginTally> {
  /** How many connections the adaptive limit lets be in use at once; `undefined` where it is off. */
  readonly adaptiveLimit: number | undefined;
  /** Addresses of its name that are left alone, or are on trial. */
  readonly addressesOut: readonly string[];
  /** Its pool: [pool.md](pool.md). */
  readonly pool: PoolStats;
}

const REFUSED_BECAUSE = {
  rate: 'open (rate)',
  connect: 'open (connect)',
  'no-permit': 'half-open with all trial calls under way',
  isolated: 'isolated by hand',
} as const satisfies Record<Refusal['cause'], string>;

const ADMITTED: Permit | undefined = undefined;
const NONE: readonly string[] = [];

/** One origin as the client sees it: its pool, the breaker before it, and who waits for the breaker. */
export class Origin {
  readonly name: string;
  /** The name of the client, if it has one. */
  readonly client: string | undefined;
  readonly pool: Pool;
  /** Where there are faults: what carries them out. */
  readonly faults: OriginFaults | undefined;
  readonly tally: OriginTally = {
    requests: 0,
    ok: 0,
    failed: 0,
    retries: 0,
    retriesWithheld: 0,
    circuitOpens: 0,
  };
  readonly #breaker: Breaker | undefined;
  readonly #backgroundDial: BackgroundDial | undefined;
  readonly #addresses: OriginAddresses | undefined;
  readonly #adaptive: ConcurrencyLimit | undefined;
  readonly #waiting: WaitingRoom;
  readonly #clock: Clock;
  #callsUnderWay = 0;
  #onNoCalls: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(name: string, options: ResolvedClientOptions, seams: OriginSeams) {
    this.name = name;
    this.client = options.name;
    this.faults = seams.hasFaults
      ? new OriginFaults(name, options.pool, options.breaker?.windowMs ?? 0, seams)
      : undefined;
    this.#clock = seams.clock;
    this.#waiting = new WaitingRoom(seams.clock);
    this.#adaptive = options.adaptive && new ConcurrencyLimit(options.adaptive);
    this.#addresses =
      options.breaker &&
      new OriginAddresses(options.breaker, {
        clock: seams.clock,
        rng: seams.rng,
        client: this.client,
        origin: name,
        retire: (address) => this.pool.retireAddress(address),
      });
    this.pool = new Pool(name, options.pool, {
      clock: seams.clock,
      rng: seams.rng,
      allowAddress: seams.allowAddress,
      resolveName: seams.resolveName,
      addressOrder: this.#addresses,
      limit: seams.limit,
      leaseLimit: this.#adaptive,
      afterPoll: seams.afterPoll,
      warn: seams.warn,
      connector: (net) => {
        const connector = seams.connector ? seams.connector(net) : net;
        return this.faults ? this.faults.standBefore(connector) : connector;
      },
    });
    if (options.breaker) {
      this.#breaker = new Breaker(options.breaker, seams.rng, (transition) => this.#onTransition(transition));
      this.#backgroundDial = new BackgroundDial(this.#breaker, this.pool, seams.clock);
    }
  }

  /** Where there are faults: whom they reach besides those that draw them. */
  get shadow(): FaultShadow | undefined {
    return this.faults?.shadow;
  }

  get stats(): OriginStats {
    return {
      ...this.tally,
      adaptiveLimit: this.#adaptive?.limit,
      addressesOut: this.#addresses?.out ?? NONE,
      pool: this.pool.stats(),
    };
  }

  get health(): OriginHealth {
    return healthOf(this.#breaker?.state, this.#breaker?.window(this.#clock.nowMs()));
  }

  get breaker(): Breaker | undefined {
    return this.#breaker;
  }

  /** Asks the breaker. No breaker admits everybody, with nothing to settle. */
  admit(nowMs: number): Permit | Refusal | undefined {
    return this.#breaker ? this.#breaker.admit(nowMs) : ADMITTED;
  }

  /** Whether as many already wait for a permit as the pool takes at once: all of them go there when the breaker closes. */
  get isWaitingRoomFull(): boolean {
    return this.#waiting.size >= this.pool.capacity;
  }

  /** Whether a call ended so for its address alone: then it says nothing about the origin, and is no call for its breaker. */
  isAddressToBlame(
    hasSucceeded: boolean,
    exchange: Exchange | undefined,
    tookMs: number,
    nowMs: number,
  ): boolean {
    return this.#addresses?.onCall(hasSucceeded, exchange, tookMs, nowMs) ?? false;
  }

  /** Tells the adaptive limit how an attempt ended. A streamed request body takes as long as its source, and tells nothing. */
  onAttemptOver(sign: LoadSign, exchange: Exchange | undefined, nowMs: number): void {
    if (!this.#adaptive || !exchange || exchange.request.stream) return;
    const { leasedAtMs, leasesThen, dialledAtMs } = exchange;
    const begunAtMs = leasedAtMs || dialledAtMs;
    // It never left our own queue.
    if (begunAtMs === 0 || sign === 'nothing') return;
    const hasGrown =
      sign === 'answer'
        ? this.#adaptive.onAnswer(begunAtMs, leasesThen, nowMs)
        : this.#adaptive.onFailure(begunAtMs, leasesThen, nowMs);
    if (hasGrown) this.pool.onLeaseLimitRaised();
  }

  /** Waits until asking the breaker again may help. */
  async waitForPermit(untilMs: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#waiting.wait(untilMs, signal);
  }

  /** A permit came back unused: whoever waits may have it. */
  onPermitForgotten(): void {
    if (this.#breaker?.state.kind === 'half-open') this.#waiting.wakeAll();
  }

  /** The fault: every connection is reset, and dials are refused for a while. */
  crash(durationMs: number): void {
    this.faults?.crash(durationMs);
  }

  refusal(cause: unknown, refused: Refusal): PoolerError {
    const why = `${this.name}: the breaker is ${REFUSED_BECAUSE[refused.cause]}`;
    return this.#admissionError('PLR_CIRCUIT_OPEN', why, cause);
  }

  /** Of a request that would wait for a permit where too many already do. */
  waitingRoomFull(cause: unknown, refused: Refusal): PoolerError {
    const why = `the breaker is ${REFUSED_BECAUSE[refused.cause]}, and ${this.#waiting.size} requests already wait for it`;
    return this.#admissionError('PLR_QUEUE_FULL', `${this.name}: ${why}`, cause);
  }

  #admissionError(code: ErrorCode, message: string, cause: unknown): PoolerError {
    const { active, idle, pending, max } = this.pool.stats();
    return new PoolerError(code, message, {
      phase: 'admission',
      origin: this.name,
      pool: { active, idle, pending, max },
      cause,
    });
  }

  /** Every call says when it starts and when its caller has what comes of it, so that `close` can wait for all. */
  onCallStarted(): void {
    this.#callsUnderWay += 1;
  }

  onCallEnded(): void {
    this.#callsUnderWay -= 1;
    if (this.#callsUnderWay === 0) this.#onNoCalls?.();
  }

  /** Takes no new calls, by the client's promise; ends when those under way are done. */
  async close(): Promise<void> {
    this.#closing ??= this.#closeAfterCalls();
    await this.#closing;
  }

  async destroy(error: Error | undefined): Promise<void> {
    this.#backgroundDial?.stop();
    this.#waiting.close();
    await Promise.all([this.pool.destroy(error), this.faults?.destroy(error)]);
  }

  /** Between two attempts a call holds no connection; the pool must stay open for its next one. */
  async #closeAfterCalls(): Promise<void> {
    if (this.#callsUnderWay > 0) {
      await new Promise<void>((resolve) => {
        this.#onNoCalls = resolve;
      });
    }
    this.#backgroundDial?.stop();
    await Promise.all([this.pool.close(), this.faults?.close()]);
  }

  #onTransition(transition: BreakerTransition): void {
    if (channels.breaker.hasSubscribers) {
      const { from, to, cause, atMs, window } = transition;
      channels.breaker.publish({ client: this.client, origin: this.name, from, to, cause, atMs, ...window });
    }
    this.shadow?.onBreaker(transition.to, transition.atMs);
    if (transition.to === 'open') this.tally.circuitOpens += 1;
    const state = this.#breaker?.state;
    if (state?.kind === 'open' && state.cause === 'connect') this.#backgroundDial?.by(state.nextDialAtMs);
    if (transition.to === 'open' || transition.to === 'isolated')
      this.pool.recall(`the breaker is ${transition.to}`);
    // Also when it opens again: who waited for a trial's end now waits for another moment.
    this.#waiting.wakeAll();
  }
}
