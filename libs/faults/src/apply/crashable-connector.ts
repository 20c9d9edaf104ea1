import type { Clock } from '#libs/kernel';
import type { Connector, Transport, TransportHandler } from '#libs/pool';
import { CrashableTransport } from './crashable-transport.ts';
import { FailedDial } from './failed-dial.ts';
import { ProbeLie } from './probe-lie.ts';
import { systemError } from './system-error.ts';

/** Dials through `inner`, and can act as if the server behind it had crashed, or lie about what it has dialled. */
export class CrashableConnector implements Connector {
  readonly #inner: Connector;
  readonly #clock: Clock;
  readonly #open = new Set<CrashableTransport>();
  #downUntilMs = -Infinity;
  #lie: ProbeLie | undefined;

  constructor(inner: Connector, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  dial(handler: TransportHandler): Transport {
    if (this.#clock.nowMs() < this.#downUntilMs)
      return new FailedDial(handler, this.#clock, systemError('connect', 'ECONNREFUSED'));
    return new CrashableTransport(this.#inner.dial(handler), this.#open, this.#takeLie);
  }

  resolve(): Promise<readonly string[]> | undefined {
    return this.#inner.resolve?.();
  }

  /** The next look at an idle wire says that it was reset, unless the lie is withdrawn before. */
  lieOnce(): ProbeLie {
    const lie = new ProbeLie();
    this.#lie = lie;
    return lie;
  }

  readonly #takeLie = (): boolean => this.#lie?.take() ?? false;

  /**
   * Resets every open wire, gives up every dial and refuses new ones for `durationMs`. A second crash during the first
   * can only prolong it. Handlers hear of it after this call.
   */
  crash(durationMs: number): void {
    this.#downUntilMs = Math.max(this.#downUntilMs, this.#clock.nowMs() + durationMs);
    for (const transport of this.#open) transport.crash();
  }
}
