import { wholeOption, type Clock, type Timer } from '#libs/kernel';
import { WHOLE, firstSeqOf, type ArrivalSchedule, type Segment } from '#libs/load';
import type { Send } from './send.ts';

export interface OpenLoadOptions {
  readonly schedule: ArrivalSchedule;
  /** When t = 0 is, on the load's clock. */
  readonly t0AtMs: number;
  /** Requests in flight at most. An arrival that finds no room is missed. Range 1 to 65,535. */
  readonly maxConcurrency: number;
  /** The part of the schedule that this load sends. Default: the whole. */
  readonly segment?: Segment | undefined;
  /** Arrivals before this number are left to somebody else: for who takes over. Default: the schedule's first. */
  readonly fromSeq?: number | undefined;
  /** How long to wait for what is in flight after the last arrival. Range 0 to 86,400,000. */
  readonly drainMs: number;
}

/** Hears what becomes of each arrival when its time has come. */
export interface ArrivalListener {
  /** It is being sent, `lagMs` after its time. */
  onSent(seq: number, lagMs: number): void;
  /** It will never be sent. */
  onMissed(seq: number): void;
}

/**
 * The open model: arrivals are sent at their times and wait for no answer, so that a slow server gets a longer queue and
 * not fewer requests. An arrival that is late, because this process was, is sent at once; its intended start stays what
 * it was, and so the delay shows in its latency.
 */
export class OpenLoad {
  readonly #schedule: ArrivalSchedule;
  readonly #t0AtMs: number;
  readonly #step: number;
  readonly #maxInFlight: number;
  readonly #drainMs: number;
  readonly #send: Send;
  readonly #listener: ArrivalListener;
  readonly #clock: Clock;
  readonly #sendDue = (): void => {
    this.#sendUntil(this.#clock.nowMs());
  };
  readonly #over = Promise.withResolvers<void>();
  #state: 'new' | 'sending' | 'draining' | 'over' = 'new';
  #nextSeq: number;
  #timer: Timer | undefined;
  #inFlight = 0;
  #finished = 0;
  #missed = 0;
  #bug: { readonly error: unknown } | undefined;

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when an option is out of range */
  constructor(options: OpenLoadOptions, send: Send, listener: ArrivalListener, clock: Clock) {
    const { schedule, segment = WHOLE } = options;
    this.#schedule = schedule;
    this.#t0AtMs = options.t0AtMs;
    this.#step = segment.count;
    this.#nextSeq = firstSeqOf(segment, Math.max(schedule.firstSeq, options.fromSeq ?? schedule.firstSeq));
    this.#maxInFlight = wholeOption('maxConcurrency', options.maxConcurrency, 1, 65_535);
    this.#drainMs = wholeOption('drainMs', options.drainMs, 0, 86_400_000);
    this.#send = send;
    this.#listener = listener;
    this.#clock = clock;
  }

  /** Requests that are over. */
  get finished(): number {
    return this.#finished;
  }

  /** Requests under way; when `run` has resolved, those that it did not wait for. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Arrivals that were never sent. */
  get missed(): number {
    return this.#missed;
  }

  /** When the first arrival that has not been seen to is due, from t = 0; Infinity when there is none. */
  get nextDueMs(): number {
    return this.#nextSeq < this.#schedule.endSeq ? this.#schedule.offsetMs(this.#nextSeq) : Infinity;
  }

  /** How far the load has come by its time, from 0 to 1. */
  get progress(): number {
    const { startMs, endMs } = this.#schedule.timeline;
    const doneMs = this.#clock.nowMs() - this.#t0AtMs - startMs;
    return Math.min(1, Math.max(0, doneMs / (endMs - startMs)));
  }

  /** Sends no more arrivals. Those in flight go on, and are waited for as at the end. */
  stop(): void {
    if (this.#state === 'new' || this.#state === 'sending') this.#drain();
  }

  /**
   * Runs the load once; resolves when its last request is over or has had `drainMs`: then `inFlight` says how many were
   * left, whose owner may cut them. Rejects with what `send` threw, if it did, once the others are done.
   */
  async run(): Promise<void> {
    if (this.#state === 'new') {
      this.#state = 'sending';
      this.#sendDue();
    }
    await this.#over.promise;
    if (this.#bug) throw this.#bug.error;
  }

  #sendUntil(nowMs: number): void {
    while (this.#state === 'sending') {
      if (this.#nextSeq >= this.#schedule.endSeq) return this.#drain();
      const intendedAtMs = this.#t0AtMs + this.#schedule.offsetMs(this.#nextSeq);
      if (intendedAtMs > nowMs) {
        this.#timer = this.#clock.setTimer(this.#sendDue, intendedAtMs - nowMs);
        return undefined;
      }
      this.#arrive(this.#nextSeq, intendedAtMs, nowMs - intendedAtMs);
      this.#nextSeq += this.#step;
    }
    return undefined;
  }

  #arrive(seq: number, intendedAtMs: number, lagMs: number): void {
    if (this.#inFlight >= this.#maxInFlight) {
      this.#missed += 1;
      this.#listener.onMissed(seq);
      return;
    }
    this.#listener.onSent(seq, lagMs);
    this.#inFlight += 1;
    void this.#follow(seq, intendedAtMs);
  }

  async #follow(seq: number, intendedAtMs: number): Promise<void> {
    try {
      await this.#send(seq, intendedAtMs);
    } catch (error) {
      this.#bug ??= { error };
      this.stop();
    }
    this.#inFlight -= 1;
    this.#finished += 1;
    if (this.#state === 'draining' && this.#inFlight === 0) this.#end();
  }

  #drain(): void {
    this.#state = 'draining';
    this.#timer?.cancel();
    if (this.#inFlight === 0) this.#end();
    else this.#timer = this.#clock.setTimer(() => this.#end(), this.#drainMs);
  }

  #end(): void {
    this.#state = 'over';
    this.#timer?.cancel();
    this.#over.resolve();
  }
}
