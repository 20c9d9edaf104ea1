import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';

/** Tells what is open for long, the event streams, that the service shuts down. */
@Injectable()
export class Closing implements BeforeApplicationShutdown {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  beforeApplicationShutdown(): void {
    this.#controller.abort();
  }
}
