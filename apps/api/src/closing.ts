import { Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** How long answers under way may take when the service shuts down. */
const DRAIN_MS = 1_500;

/** Ends what would keep the service from shutting down: event streams at once, clients that do not read soon after. */
@Injectable()
export class Closing implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #controller = new AbortController();
  readonly #adapterHost: HttpAdapterHost;
  #timer: NodeJS.Timeout | undefined;

  constructor(adapterHost: HttpAdapterHost) {
    this.#adapterHost = adapterHost;
  }

  /** Fires when the service shuts down. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  beforeApplicationShutdown(): void {
    this.#controller.abort();
    const { httpAdapter } = this.#adapterHost;
    this.#timer = setTimeout(() => httpAdapter.getHttpServer().closeAllConnections(), DRAIN_MS);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.#timer);
  }
}
