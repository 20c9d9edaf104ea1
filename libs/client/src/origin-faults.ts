import { invariant, type Clock, type Rng } from '#libs/kernel';
import type { DialVerdict, Injected } from '#libs/faults';
import { CrashableConnector, SpoiledConnector, interposerFor, isDialVerdict } from '#libs/faults/apply';
import {
  Pool,
  type ConnectionLimit,
  type Connector,
  type ExchangeExtras,
  type ExchangeRequest,
  type PendingResponse,
  type PoolOptions,
  type PoolSeams,
} from '#libs/pool';
import { FaultShadow } from './fault-shadow.ts';

/** What the faults of an origin need of the client around them. */
export interface OriginFaultSeams {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly limit: ConnectionLimit;
  readonly afterPoll: PoolSeams['afterPoll'];
  readonly warn: PoolSeams['warn'];
}

/** Longer than any checkout may wait, so that this wait ends first. */
const NO_CONNECT_TIMEOUT_MS = 86_400_000;

/**
 * Carries out the faults that an origin's attempts draw. Those of a dial give their attempt a connection of its own, apart
 * from the pool's, so that each attempt that draws one meets it, whatever the pool has idle; it counts in the limit of all
 * origins together, and serves nobody else.
 */
export class OriginFaults {
  readonly shadow: FaultShadow;
  readonly #name: string;
  readonly #options: PoolOptions;
  readonly #seams: OriginFaultSeams;
  readonly #apart = new Set<Pool>();
  #connector: CrashableConnector | undefined;

  constructor(name: string, options: PoolOptions, breakerWindowMs: number, seams: OriginFaultSeams) {
    this.shadow = new FaultShadow(breakerWindowMs);
    this.#name = name;
    this.#options = options;
    this.#seams = seams;
  }

  /** Stands before the connector of the origin's pool. */
  standBefore(connector: Connector): Connector {
    this.#connector = new CrashableConnector(connector, this.#seams.clock);
    return this.#connector;
  }

  /** Sends a request with its fault. `pool` is the origin's own. */
  begin(pool: Pool, verdict: Injected, request: ExchangeRequest, extras: ExchangeExtras): PendingResponse {
    if (isDialVerdict(verdict)) return this.#beginApart(verdict, request, extras);
    if (verdict.kind === 'alive-as-dead') return this.#beginWithLie(pool, request, extras);
    return pool.begin(request, { ...extras, interposer: interposerFor(verdict, this.#seams.clock) });
  }

  /** Every connection is reset, and dials are refused for a while. */
  crash(durationMs: number): void {
    this.shadow.onCrash(this.#seams.clock.nowMs(), durationMs);
    this.#connector?.crash(durationMs);
  }

  /** Ends when the last connection apart is closed. */
  async close(): Promise<void> {
    await Promise.all([...this.#apart].map(async (pool) => pool.close()));
  }

  async destroy(error: Error | undefined): Promise<void> {
    await Promise.all([...this.#apart].map(async (pool) => pool.destroy(error)));
  }

  #beginApart(verdict: DialVerdict, request: ExchangeRequest, extras: ExchangeExtras): PendingResponse {
    const { clock, rng, limit, afterPoll, warn } = this.#seams;
    const connector = this.#connector;
    invariant(connector !== undefined, 'the faults of an origin stand before its connector');
    const options = { ...this.#options, maxConnections: 1, maxIdle: 1, minIdle: 0 };
    if (verdict.kind === 'checkout-stall') options.connectTimeoutMs = NO_CONNECT_TIMEOUT_MS;
    const pool = new Pool(this.#name, options, {
      clock,
      rng,
      limit,
      afterPoll,
      warn,
      connector: () => new SpoiledConnector(connector, verdict, clock),
    });
    this.#apart.add(pool);
    const pending = pool.begin(request, extras);
    // It takes nothing more, and is gone with the end of this exchange.
    void pool.close().then(() => this.#apart.delete(pool));
    return pending;
  }

  #beginWithLie(pool: Pool, request: ExchangeRequest, extras: ExchangeExtras): PendingResponse {
    const interposer = this.#connector?.lieOnce();
    const pending = pool.begin(request, { ...extras, interposer });
    // Idle connections are lent at the end of the turn. Was there none, there is nothing to lie about.
    this.#seams.clock.atTurnEnd(() => interposer?.withdraw());
    return pending;
  }
}
