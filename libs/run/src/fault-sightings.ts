import type { PlannedFault } from '#libs/campaign';
import type { RequestRecord } from '#libs/records';
import { isOrganicFailure } from '#libs/stats';

/** The attempts that one fault has struck. Plain JSON. */
export interface FaultSighting {
  readonly attempts: number;
  /** When the first and the last of them ended, in whole ms from t = 0. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * What a load sees of the faults of its run, by their ids. Which attempts a fault of the client has struck, the client knows.
 * One of target or proxy is organic for it: it counts the attempts that failed organically and were under way while the
 * fault was in force. Two such faults at a time both have them.
 */
export class FaultSightings {
  readonly #outer: readonly PlannedFault[];
  readonly #t0AtMs: number;
  readonly #seen = new Map<string, FaultSighting>();

  /**
   * @param faults those of the plan
   * @param t0AtMs when t = 0 is, on the clock of the records
   */
  constructor(faults: readonly PlannedFault[], t0AtMs: number) {
    this.#outer = faults.filter(({ where }) => where !== 'client');
    this.#t0AtMs = t0AtMs;
  }

  /** A request is over. */
  add({ attempts }: RequestRecord): void {
    for (const attempt of attempts) {
      const endedMs = attempt.endedAtMs - this.#t0AtMs;
      if (attempt.fault) this.#see(attempt.fault.faultId, endedMs);
      if (this.#outer.length === 0 || !isOrganicFailure(attempt)) continue;
      const begunMs = attempt.queuedAtMs - this.#t0AtMs;
      for (const { id, startMs, endMs } of this.#outer)
        if (endedMs >= startMs && begunMs < endMs) this.#see(id, endedMs);
    }
  }

  snapshot(): Record<string, FaultSighting> {
    return Object.fromEntries(this.#seen);
  }

  #see(id: string, endedMs: number): void {
    const atMs = Math.round(endedMs);
    this.#seen.set(id, joined(this.#seen.get(id), { attempts: 1, firstMs: atMs, lastMs: atMs }));
  }
}

/** What two loads, or one after another, have seen of a fault. */
export function joined(one: FaultSighting | undefined, other: FaultSighting): FaultSighting {
  if (!one) return other;
  return {
    attempts: one.attempts + other.attempts,
    firstMs: Math.min(one.firstMs, other.firstMs),
    lastMs: Math.max(one.lastMs, other.lastMs),
  };
}
