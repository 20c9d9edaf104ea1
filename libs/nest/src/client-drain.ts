import type { Client } from '#libs/client';
import type { Clock, Timer } from '#libs/kernel';

/** Brings a client to its end: when its requests are done, or when its time is over. */
export class ClientDrain {
  readonly #client: Pick<Client, 'close' | 'destroy'>;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #onCut: () => void;
  #timer: Timer | undefined;

  constructor(
    client: Pick<Client, 'close' | 'destroy'>,
    timeoutMs: number,
    clock: Clock,
    /** Called when the client is cut. */
    onCut: () => void,
  ) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#onCut = onCut;
  }

  /** From here on the time runs. The client still takes requests: whoever is at work may need them to finish. */
  begin(): void {
    this.#timer ??= this.#clock.setTimer(() => void this.#cut(), this.#timeoutMs);
  }

  /** Takes no more requests; resolves when the client is closed. */
  async finish(): Promise<void> {
    this.begin();
    await this.#client.close();
    this.#timer?.cancel();
  }

  async #cut(): Promise<void> {
    this.#onCut();
    await this.#client.destroy(
      new Error(`the application shuts down, and its ${this.#timeoutMs} ms are over`),
    );
  }
}
