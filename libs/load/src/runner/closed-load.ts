import { invalidArgument, type Clock } from '#libs/kernel';

/** How much a closed load sends. It ends at `requests` or `durationMs`, whichever comes first. */
export interface ClosedLoadOptions {
  /** Workers; each sends its next request when its last one is over. Range 1 to 65,535. */
  readonly concurrency: number;
  /** Requests in all, from 1; `Infinity` for no limit. */
  readonly requests: number;
  /** Milliseconds from the start, above 0; no request is started after them. `Infinity` for no limit. */
  readonly durationMs: number;
}

/** Sends one request and resolves when it is over, however it ended. What it throws is a bug. */
export type Send = () => Promise<void>;

/** The closed model: a fixed number of workers, so that a slow server gets fewer requests and not a longer queue. */
export class ClosedLoad {
  readonly #options: ClosedLoadOptions;
  readonly #send: Send;
  readonly #clock: Clock;
  #startedAtMs: number;
  #started = 0;
  #finished = 0;
  #latencySumMs = 0;
  #isStopped = false;

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when an option is out of range, or nothing would end the load. */
  constructor(options: ClosedLoadOptions, send: Send, clock: Clock) {
    const { concurrency, requests, durationMs } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 65_535)
      throw invalidArgument('concurrency', concurrency, 'a whole number from 1 to 65535');
    if (requests !== Infinity && (!Number.isSafeInteger(requests) || requests < 1))
      throw invalidArgument('requests', requests, 'a whole number from 1, or Infinity');
    if (!(durationMs > 0))
      throw invalidArgument('durationMs', durationMs, 'a number of milliseconds above 0, or Infinity');
    if (requests === Infinity && durationMs === Infinity)
      throw invalidArgument('durationMs', durationMs, 'finite where requests is not');
    this.#options = options;
    this.#send = send;
    this.#clock = clock;
    this.#startedAtMs = clock.nowMs();
  }

  /** Requests that are over. */
  get finished(): number {
    return this.#finished;
  }

  /** Mean time from the start of a request to its end, over those that are over; 0 before the first. */
  get meanLatencyMs(): number {
    return this.#finished === 0 ? 0 : this.#latencySumMs / this.#finished;
  }

  /** How far the load has come, from 0 to 1, by the limit that is nearer. */
  get progress(): number {
    const { requests, durationMs } = this.#options;
    const elapsedMs = this.#clock.nowMs() - this.#startedAtMs;
    return Math.min(1, Math.max(this.#finished / requests, elapsedMs / durationMs));
  }

  /** Starts no more requests. Those in flight go on to their end. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Runs the load once; resolves when its last request is over. Rejects then with what `send` threw, if it did. */
  async run(): Promise<void> {
    this.#startedAtMs = this.#clock.nowMs();
    const { concurrency, requests } = this.#options;
    const workers = Array.from({ length: Math.min(concurrency, requests) }, async () => this.#work());
    const endings = await Promise.allSettled(workers);
    for (const ending of endings) if (ending.status === 'rejected') throw ending.reason;
  }

  async #work(): Promise<void> {
    let nowMs = this.#clock.nowMs();
    while (this.#mayStart(nowMs)) {
      const startedAtMs = nowMs;
      this.#started += 1;
      try {
        await this.#send();
      } catch (error) {
        this.stop();
        throw error;
      }
      nowMs = this.#clock.nowMs();
      this.#finished += 1;
      this.#latencySumMs += nowMs - startedAtMs;
    }
  }

  #mayStart(nowMs: number): boolean {
    const { requests, durationMs } = this.#options;
    return !this.#isStopped && this.#started < requests && nowMs - this.#startedAtMs < durationMs;
  }
}
