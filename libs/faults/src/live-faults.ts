import { invalidArgument, systemClock, type Clock } from '#libs/kernel';
import type { FaultedRequest } from './faulted-request.ts';
import { FaultPlan } from './fault-plan.ts';
import type { FaultRule } from './rule.ts';
import { PASS, type Verdict } from './verdict.ts';

/** No more can be in force at a time: each attempt asks all of them. */
const MAX_INSTALLED = 100;
/** The longest that a fault lasts unless it is renewed, in ms. */
const MAX_TTL_MS = 3_600_000;

/** Takes its fault away again: with `using`, at the end of the block. */
export interface FaultGuard extends Disposable {
  readonly id: string;
  /** When it ends by itself, on the clock of its faults; in the past once it has ended. */
  readonly expiresAtMs: number;
  /** It lasts for `ttlMs` from now on. Returns false when it has ended before. */
  renew(ttlMs: number): boolean;
}

interface Installed {
  readonly plan: FaultPlan;
  /** Requests count from here for it, so that its first is the first that it could strike. */
  readonly fromSeq: number;
  expiresAtMs: number;
}

/**
 * Faults that come and go at run time: a `FaultSource` for a client. Each ends with its guard, and by itself when its time to
 * live is over, so that none outlives whoever forgot it. They are asked in the order in which they were installed, and each
 * counts the requests from when that was.
 *
 * @example
 * const faults = new LiveFaults({ seed: 42 });
 * const client = new Client({ faults });
 * {
 *   using _ = faults.install({ id: 'resets', type: 'reset', magnitude: null, when: { kind: 'chance', probability: 1 } }, 5_000);
 * }
 */
export class LiveFaults {
  readonly #installed = new Map<string, Installed>();
  readonly #seed: number;
  readonly #clock: Clock;
  #nextSeq = 0;

  /** @param seed an integer from 0 to 2^53 − 1 */
  constructor({ seed, clock = systemClock }: { readonly seed: number; readonly clock?: Clock | undefined }) {
    // Refuses a bad seed now, and not with the first fault.
    void new FaultPlan([], seed);
    this.#seed = seed;
    this.#clock = clock;
  }

  /**
   * @param ttlMs 1 to 3,600,000
   * @throws PoolerError `PLR_INVALID_ARGUMENT` for a rule or a time out of range, an id in force, or one fault too many
   */
  install(rule: FaultRule, ttlMs: number): FaultGuard {
    const expiresAtMs = this.#expiryOf(ttlMs);
    this.#forgetExpired();
    if (this.#installed.has(rule.id))
      throw invalidArgument('rule.id', rule.id, 'another than of a fault in force');
    if (this.#installed.size >= MAX_INSTALLED) {
      throw invalidArgument('rule', rule.id, `one of at most ${MAX_INSTALLED} faults in force`);
    }
    const installed: Installed = {
      plan: new FaultPlan([rule], this.#seed),
      fromSeq: this.#nextSeq,
      expiresAtMs,
    };
    this.#installed.set(rule.id, installed);
    return this.#guardOf(rule.id, installed);
  }

  /** Ends all of them. */
  removeAll(): void {
    this.#installed.clear();
  }

  /** Those in force, by their ids, with when they end. */
  inForce(): ReadonlyMap<string, number> {
    this.#forgetExpired();
    return new Map([...this.#installed].map(([id, { expiresAtMs }]) => [id, expiresAtMs]));
  }

  get asksConnections(): boolean {
    for (const { plan } of this.#installed.values()) if (plan.asksConnections) return true;
    return false;
  }

  decide(requestSeq: number, attempt: number, request?: FaultedRequest): Verdict {
    this.#nextSeq = Math.max(this.#nextSeq, requestSeq + 1);
    return this.#first(requestSeq, (plan, seq) => plan.decide(seq, attempt, request));
  }

  decideOnConnection(connectionId: number, requestSeq: number, request: FaultedRequest): Verdict {
    return this.#first(requestSeq, (plan, seq) => plan.decideOnConnection(connectionId, seq, request));
  }

  #first(requestSeq: number, decide: (plan: FaultPlan, seq: number) => Verdict): Verdict {
    if (this.#installed.size === 0) return PASS;
    const nowMs = this.#clock.nowMs();
    for (const { plan, fromSeq, expiresAtMs } of this.#installed.values()) {
      const mayStrike = nowMs < expiresAtMs && requestSeq >= fromSeq;
      const verdict = mayStrike ? decide(plan, requestSeq - fromSeq) : PASS;
      if (verdict.kind !== 'pass') return verdict;
    }
    return PASS;
  }

  #guardOf(id: string, installed: Installed): FaultGuard {
    const isInForce = (): boolean =>
      this.#installed.get(id) === installed && this.#clock.nowMs() < installed.expiresAtMs;
    return {
      id,
      get expiresAtMs() {
        return installed.expiresAtMs;
      },
      renew: (ttlMs) => {
        const expiresAtMs = this.#expiryOf(ttlMs);
        if (!isInForce()) return false;
        installed.expiresAtMs = expiresAtMs;
        return true;
      },
      [Symbol.dispose]: () => {
        // Another may have come by this id since.
        if (this.#installed.get(id) === installed) this.#installed.delete(id);
        installed.expiresAtMs = Math.min(installed.expiresAtMs, this.#clock.nowMs());
      },
    };
  }

  #expiryOf(ttlMs: number): number {
    if (ttlMs >= 1 && ttlMs <= MAX_TTL_MS) return this.#clock.nowMs() + ttlMs;
    throw invalidArgument('ttlMs', ttlMs, `a number of milliseconds from 1 to ${MAX_TTL_MS}`);
  }

  #forgetExpired(): void {
    const nowMs = this.#clock.nowMs();
    for (const [id, { expiresAtMs }] of this.#installed) if (expiresAtMs <= nowMs) this.#installed.delete(id);
  }
}
