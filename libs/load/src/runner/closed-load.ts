import type { Clock } from '#libs/kernel';
import { ClosedSchedule, WHOLE, shareOf, type ClosedOptions, type Segment, type Timeline } from '#libs/load';
import type { Send } from './send.ts';

export interface ClosedLoadOptions extends ClosedOptions {
  /** The part of the load that this one is: its share of the workers and of the requests. Default: the whole. */
  readonly segment?: Segment | undefined;
}

/**
 * The closed model: a fixed number of workers, so that a slow server gets fewer requests and not a longer queue. A
 * request's intended start is its start.
 *
 * Requests are numbered from 0 in the order of their starts from t = 0 on, those of the baseline from −1 downwards; of
 * several segments each takes its own numbers.
 */
export class ClosedLoad {
  readonly timeline: Timeline;
  readonly #workers: number;
  readonly #requests: number;
  readonly #segment: Segment;
  readonly #send: Send;
  readonly #clock: Clock;
  #startedAtMs: number;
  #started = 0;
  #baselineStarted = 0;
  #finished = 0;
  #latencySumMs = 0;
  #isStopped = false;

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when an option is out of range, or nothing would end the load. */
  constructor(options: ClosedLoadOptions, send: Send, clock: Clock) {
    const { segment = WHOLE } = options;
    const { timeline, concurrency, requests } = new ClosedSchedule(options);
    this.timeline = timeline;
    this.#workers = shareOf(segment, concurrency);
    this.#requests = shareOf(segment, requests);
    this.#segment = segment;
    this.#send = send;
    this.#clock = clock;
    this.#startedAtMs = clock.nowMs();
  }

  /** Requests started from t = 0 on. */
  get started(): number {
    return this.#started;
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
    const { startMs, endMs } = this.timeline;
    const elapsedMs = this.#clock.nowMs() - this.#startedAtMs;
    const sentShare = this.#requests === 0 ? 1 : this.#finished / this.#requests;
    return Math.min(1, Math.max(sentShare, elapsedMs / (endMs - startMs)));
  }

  /** Starts no more requests. Those in flight go on to their end. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Runs the load once; resolves when its last request is over. Rejects then with what `send` threw, if it did. */
  async run(): Promise<void> {
    this.#startedAtMs = this.#clock.nowMs();
    const workers = Array.from({ length: this.#workers }, async () => this.#work());
    const endings = await Promise.allSettled(workers);
    for (const ending of endings) if (ending.status === 'rejected') throw ending.reason;
  }

  async #work(): Promise<void> {
    let nowMs = this.#clock.nowMs();
    while (this.#mayStart(nowMs)) {
      const startedAtMs = nowMs;
      try {
        await this.#send(this.#takeNumber(nowMs), nowMs);
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
    return !this.#isStopped && this.#started < this.#requests && this.#offsetMs(nowMs) < this.timeline.endMs;
  }

  #takeNumber(nowMs: number): number {
    const { index, count } = this.#segment;
    if (this.#offsetMs(nowMs) < 0) {
      this.#baselineStarted += 1;
      return index - this.#baselineStarted * count;
    }
    this.#started += 1;
    return index + (this.#started - 1) * count;
  }

  /** From t = 0, which is the end of the baseline. */
  #offsetMs(nowMs: number): number {
    return nowMs - this.#startedAtMs + this.timeline.startMs;
  }
}
