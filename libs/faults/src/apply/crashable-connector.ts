import type { Clock } from '#libs/kernel';
import type { Connector, Transport, TransportHandler } from '#libs/pool';
import { CrashableTransport } from './crashable-transport.ts';
import { RefusedTransport } from './refused-transport.ts';

/** Dials through `inner`, and can act as if the server behind it had crashed. */
export class CrashableConnector implements Connector {
  readonly #inner: Connector;
  readonly #clock: Clock;
  readonly #open = new Set<CrashableTransport>();
  #downUntilMs = -Infinity;

  constructor(inner: Connector, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  dial(handler: TransportHandler): Transport {
    if (this.#clock.nowMs() < this.#downUntilMs) return new RefusedTransport(handler, this.#clock);
    return new CrashableTransport(this.#inner.dial(handler), this.#open);
  }

  resolve(): Promise<readonly string[]> | undefined {
    return this.#inner.resolve?.();
  }

  /**
   * Resets every open wire, gives up every dial and refuses new ones for `durationMs`. A second crash during the first
   * can only prolong it. Handlers hear of it after this call.
   */
  crash(durationMs: number): void {
    this.#downUntilMs = Math.max(this.#downUntilMs, this.#clock.nowMs() + durationMs);
    for (const transport of this.#open) transport.crash();
  }
}
