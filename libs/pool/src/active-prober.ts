import { channels, type ActiveProbeRecord } from '#libs/records';
import type { ResolvedActiveProbe } from './active-probe-options.ts';
import type { Connection } from './connection.ts';
import type { CloseReason } from './connection-state.ts';
import { Exchange, type ExchangeListener, type ExchangeRequest } from './exchange.ts';

/** How a probe ends, the pool hears from its connection. */
const NOBODY: ExchangeListener = {
  onHead() {},
  onBody() {},
  onEnd() {},
  onError() {},
};

/**
 * Asks peers whether they are there: a black hole or a peer that stands still looks alive to every look of the kernel. A
 * probe is an exchange of the pool's own on a connection that was idle for long; whoever waits gets the connection after it.
 */
export class ActiveProber {
  /** Probes so far, and those of them after which the connection was closed. */
  sent = 0;
  failed = 0;
  readonly #origin: string;
  readonly #options: ResolvedActiveProbe;
  readonly #request: ExchangeRequest;
  readonly #running = new Map<Connection, Exchange>();
  /** The last answer on a connection that has not been lent since. */
  readonly #answers = new WeakMap<Connection, ActiveProbeRecord>();

  /** @param request what is asked, prepared */
  constructor(origin: string, options: ResolvedActiveProbe, request: ExchangeRequest) {
    this.#origin = origin;
    this.#options = options;
    this.#request = request;
  }

  /** Probes under way. */
  get running(): number {
    return this.#running.size;
  }

  /** Whether an idle connection must not be lent without a probe. */
  isDue(connection: Connection, nowMs: number): boolean {
    return nowMs - connection.idleSinceMs >= this.#options.afterIdleMs;
  }

  /** The exchange that is to prove an idle connection. */
  begin(connection: Connection, nowMs: number): Exchange {
    const exchange = new Exchange(this.#request, NOBODY);
    exchange.queuedAtMs = nowMs;
    this.#running.set(connection, exchange);
    this.sent += 1;
    return exchange;
  }

  /** A connection is idle again, or closed: what that means for its probe, if it had one. */
  end(
    connection: Connection,
    nowMs: number,
    failure: CloseReason | undefined,
  ): ActiveProbeRecord | undefined {
    const exchange = this.#running.get(connection);
    if (!exchange) return undefined;
    this.#running.delete(connection);
    const record: ActiveProbeRecord = {
      origin: this.#origin,
      connectionId: connection.id,
      result: failure === undefined ? 'answered' : 'failed',
      method: this.#request.method,
      statusCode: exchange.statusCode || undefined,
      failure,
      startedAtMs: exchange.leasedAtMs,
      endedAtMs: nowMs,
    };
    if (failure === undefined) this.#answers.set(connection, record);
    else this.failed += 1;
    if (channels.probe.hasSubscribers) channels.probe.publish(record);
    return record;
  }

  /** A request has the connection: the probe is part of its story if it waited for it. */
  onLent(connection: Connection, exchange: Exchange): void {
    const record = this.#answers.get(connection);
    if (!record) return;
    this.#answers.delete(connection);
    if (exchange.queuedAtMs <= record.endedAtMs) exchange.waitedFor(record);
  }

  /** Nobody needs to know any more. */
  abandonAll(): void {
    for (const connection of this.#running.keys())
      connection.abandon('PLR_POOL_CLOSED', 'nobody waits for the probe', 'pool-closed');
  }
}
