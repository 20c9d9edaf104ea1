import type { RequestSeries } from '#libs/kube';
import type { SegmentPart } from '#libs/run';

/** Seconds of a run that are kept; more than any drill lasts. */
const MAX_SECONDS = 3_600;

interface Second {
  isUsed: boolean;
  isAffected: boolean;
  hasReacted: boolean;
}

/**
 * What the requests of each second of a run say about a drill. A worker shows its counts by the second, so that is how
 * exact it is: a second stands for its requests, and is affected when one of them failed or needed more than one attempt.
 */
export class SecondMarks {
  readonly #seconds = new Map<number, Second>();

  /** Takes in what the segments have counted; the same may be shown again. */
  add(parts: readonly SegmentPart[]): void {
    for (const { second: number, counts } of parts.flatMap(({ seconds }) => seconds)) {
      const second = this.#second(number);
      second.isUsed ||= counts.requests > 0;
      second.isAffected ||= counts.failed > 0 || counts.retries > 0;
      second.hasReacted ||= counts.retries > 0;
    }
  }

  /** @param t0AtMs when t = 0 is, on the clock that the series shall be on */
  series(t0AtMs: number): RequestSeries {
    const used = Array.from(this.#seconds)
      .filter(([, { isUsed }]) => isUsed)
      .toSorted(([a], [b]) => a - b)
      .map(([number, second]) => ({ startedAtMs: t0AtMs + number * 1_000, ...second }));
    return {
      requests: used.map(({ startedAtMs, isAffected }) => ({
        startedAtMs,
        endedAtMs: startedAtMs + 1_000,
        isAffected,
      })),
      // A policy has reacted by the end of the second at the latest.
      reactionsAtMs: used.flatMap(({ startedAtMs, hasReacted }) => (hasReacted ? [startedAtMs + 1_000] : [])),
    };
  }

  #second(number: number): Second {
    const known = this.#seconds.get(number);
    if (known) return known;
    const second = { isUsed: false, isAffected: false, hasReacted: false };
    this.#seconds.set(number, second);
    if (this.#seconds.size > MAX_SECONDS) {
      const [oldest] = this.#seconds.keys();
      if (oldest !== undefined) this.#seconds.delete(oldest);
    }
    return second;
  }
}
