import type { BreakerRecord, RequestRecord } from '#libs/records';

/** Nothing that opens a breaker now began longer ago: the breaker's window, and the longest attempt. */
const LOOK_BACK_MS = 12_000;

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Holds a breaker that opens by slow calls to the calls that were slow, as the records tell of them. */
export class SlowCalls {
  readonly #slowCallMs: number;
  readonly #found: (sentence: string) => void;
  #slow: Span[] = [];
  #openings: BreakerRecord[] = [];

  constructor(slowCallMs: number, found: (sentence: string) => void) {
    this.#slowCallMs = slowCallMs;
    this.#found = found;
  }

  onBreaker(record: BreakerRecord): void {
    if (record.cause === 'slow') this.#openings.push(record);
  }

  /** From its connection to its end: a call is no longer than that. What it waited for one is not the peer's doing. */
  onRecord(record: RequestRecord): void {
    if (this.#slowCallMs === Infinity) return;
    for (const { leasedAtMs, endedAtMs } of record.attempts) {
      // An answer that was given up for another attempt may still be coming.
      const toMs = endedAtMs || record.endedAtMs;
      if (leasedAtMs > 0 && toMs - leasedAtMs >= this.#slowCallMs)
        this.#slow.push({ fromMs: leasedAtMs, toMs });
    }
  }

  /** Every request is over: all that was slow is known. */
  settle(): void {
    for (const { atMs, slow } of this.#openings) {
      const known = this.#slow.filter(({ fromMs, toMs }) => fromMs <= atMs && toMs > atMs - LOOK_BACK_MS);
      if (known.length < slow)
        this.#found(`a breaker opened at ${atMs} for ${slow} slow calls, and ${known.length} were`);
    }
    this.#openings = [];
    this.#slow = [];
  }
}
