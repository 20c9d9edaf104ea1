import type { Dispatcher } from 'undici';

/** What a handler holds of its request: it may pause, resume and abort it. */
export class Controller implements Dispatcher.DispatchController {
  /** Of the response, name and value in turns, latin1, as undici's own dispatchers give them. */
  rawHeaders: Buffer[] | null = null;
  rawTrailers: Buffer[] | null = null;
  readonly #abort = new AbortController();
  #pause: PromiseWithResolvers<void> | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): Error | null {
    if (!this.aborted) return null;
    const reason: unknown = this.signal.reason;
    return reason instanceof Error ? reason : new Error('the request was aborted', { cause: reason });
  }

  get paused(): boolean {
    return this.#pause !== undefined;
  }

  abort(reason?: unknown): void {
    this.#abort.abort(reason);
    this.resume();
  }

  pause(): void {
    this.#pause ??= Promise.withResolvers();
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  /** Waits while it is paused. Throws the reason once it is aborted. */
  async mayGoOn(): Promise<void> {
    while (this.#pause) await this.#pause.promise;
    if (this.reason) throw this.reason;
  }
}
