import type { RequestRecord, RequestTrace } from '#libs/records';

/** One attempt, from the moment that it was given to the pool. */
interface Submission {
  leased: boolean;
}

/**
 * Watches who is given a connection, and when. Each attempt is numbered as it is given to the pool; the number goes out
 * as its `traceparent`, so that it is seen when the pool lends it a connection.
 */
export class LeaseOrder {
  readonly #acquireTimeoutMs: number;
  readonly #found: (sentence: string) => void;
  readonly #submissions: Submission[] = [];
  #lastLeased = -1;
  /** Nobody looked for a while: who waited then is not served in time. */
  #excusedUntilMs = -Infinity;

  constructor(acquireTimeoutMs: number, found: (sentence: string) => void) {
    this.#acquireTimeoutMs = acquireTimeoutMs;
    this.#found = found;
  }

  startTrace(): RequestTrace {
    return { traceparent: () => String(this.#submissions.push({ leased: false }) - 1) };
  }

  /** The process stood still until now. */
  excuse(nowMs: number): void {
    this.#excusedUntilMs = nowMs;
  }

  /**
   * An attempt was written. Whoever waited longer must have been served before.
   * @param isOvertaken it was written some time after it was served, by a fault
   */
  onLeased(number: number, isOvertaken: boolean): void {
    const submission = this.#submissions[number];
    if (!submission || submission.leased)
      return this.#found(`submission ${number} was leased twice or never made`);
    submission.leased = true;
    if (isOvertaken) return undefined;
    if (number < this.#lastLeased)
      this.#found(`submission ${number} was served after ${this.#lastLeased}: not first in, first out`);
    this.#lastLeased = number;
    return undefined;
  }

  /** Nobody may have waited longer than the timeout for a connection. */
  onRecord({ requestSeq, attempts }: RequestRecord): void {
    for (const { queuedAtMs, leasedAtMs, endedAtMs } of attempts) {
      if (queuedAtMs <= this.#excusedUntilMs) continue;
      const waitedMs = (leasedAtMs || endedAtMs) - queuedAtMs;
      // Two due times of one alarm may be a rounding apart.
      if (waitedMs > this.#acquireTimeoutMs + 1e-6)
        this.#found(`t${requestSeq} waited ${waitedMs} ms for a connection`);
    }
  }
}
