import type { Rng } from '#libs/kernel';
import type { ResolvedBreakerOptions } from '../breaker/breaker-options.ts';
import { openIntervalMs } from '../breaker/open-interval.ts';
import { RollingCount } from '../rolling-count.ts';
import type { AddressCause, AddressMove, AddressStanding } from './address-standing.ts';

const WINDOW_BUCKETS = 10;

/**
 * Takes the address that fails out of those of a name, and lets it back when it is well: a breaker's part for each of several
 * peers behind one name (as Envoy's outlier detection). Never the last: where all fail, that is the origin's breaker's matter.
 *
 * It goes out by failures in a row, which tell sooner than the origin's breaker opens, or by rate. It stays out as long as a
 * breaker that opened by rate; then one dial is let to it, and the calls on that connection decide. It has no timer and dials
 * nothing: time is what its callers say it is, and where nobody dials an address stays out.
 */
export class AddressOutliers {
  readonly #options: ResolvedBreakerOptions;
  readonly #rng: Rng;
  readonly #onMove: (move: AddressMove) => void;
  /** Those of the last answer, and others while they are out. */
  readonly #standings = new Map<string, AddressStanding>();

  /** @param onMove hears each change of standing, after it has happened */
  constructor(options: ResolvedBreakerOptions, rng: Rng, onMove: (move: AddressMove) => void) {
    this.#options = options;
    this.#rng = rng;
    this.#onMove = onMove;
  }

  /** Addresses that are out or on trial. */
  get out(): readonly string[] {
    return [...this.#standings].filter(([, { kind }]) => kind !== 'in').map(([address]) => address);
  }

  /**
   * Puts a name's addresses in the order in which to try them: first the one that is due for its trial, if any, then those that
   * are in, and the others last, for a peer that fails is still better than none that connects.
   */
  order(addresses: readonly string[], nowMs: number): readonly string[] {
    this.#remember(addresses, nowMs);
    const fit = addresses.filter((address) => this.#standings.get(address)?.kind === 'in');
    if (fit.length === 0 || fit.length === addresses.length) return addresses;
    const others = addresses.filter((address) => !fit.includes(address));
    const due = others.find((address) => this.#letToTrial(address, nowMs));
    if (due === undefined) return [...fit, ...others];
    return [due, ...fit, ...others.filter((address) => address !== due)];
  }

  /** A call at this address succeeded. */
  onSuccess(address: string, nowMs: number): void {
    const standing = this.#standings.get(address);
    if (!standing || standing.kind === 'out') return;
    if (standing.kind === 'in') {
      standing.failuresInRow = 0;
      standing.calls.add(nowMs);
      return;
    }
    standing.successes += 1;
    if (standing.successes >= this.#options.halfOpenPermits)
      this.#move(address, this.#in(), 'trials-succeeded', nowMs);
  }

  /**
   * A call at this address failed, or a connect to it. Returns whether it alone is to blame: it is out, and another is well.
   */
  onFailure(address: string, nowMs: number): boolean {
    const standing = this.#standings.get(address);
    if (!standing) return false;
    const hasOthers = this.#isAnotherWell(address);
    if (standing.kind === 'in') {
      standing.failuresInRow += 1;
      standing.calls.add(nowMs);
      standing.failures.add(nowMs);
      const cause = this.#causeToLeave(standing, nowMs);
      if (!cause || !hasOthers) return false;
      this.#takeOut(address, 0, cause, nowMs);
    } else if (standing.kind === 'on-trial')
      this.#takeOut(address, standing.failedTrials + 1, 'trial-failed', nowMs);
    return hasOthers;
  }

  /** New addresses are in. Those that the name has no more are forgotten, unless they are out and may come back meanwhile. */
  #remember(addresses: readonly string[], nowMs: number): void {
    for (const [address, standing] of this.#standings) {
      const isWanted = addresses.includes(address) || (standing.kind !== 'in' && nowMs < standing.untilMs);
      if (!isWanted) this.#standings.delete(address);
    }
    for (const address of addresses)
      if (!this.#standings.has(address)) this.#standings.set(address, this.#in());
  }

  #causeToLeave(
    { failuresInRow, calls, failures }: AddressStanding & { kind: 'in' },
    nowMs: number,
  ): AddressCause | undefined {
    const { addressFailures, minCalls, failureRate } = this.#options;
    if (failuresInRow >= addressFailures) return 'failures';
    const counted = calls.total(nowMs);
    return counted >= minCalls && failures.total(nowMs) >= counted * failureRate ? 'rate' : undefined;
  }

  /** One that stays in only since it is the last is not well. */
  #isAnotherWell(than: string): boolean {
    for (const [address, standing] of this.#standings) {
      const isWell = standing.kind === 'in' && standing.failuresInRow < this.#options.addressFailures;
      if (isWell && address !== than) return true;
    }
    return false;
  }

  /** Puts an address on trial whose time out is over. */
  #letToTrial(address: string, nowMs: number): boolean {
    const standing = this.#standings.get(address);
    if (!standing || standing.kind === 'in' || nowMs < standing.untilMs) return false;
    const { failedTrials } = standing;
    const untilMs = nowMs + openIntervalMs(failedTrials, this.#options, this.#rng);
    this.#move(address, { kind: 'on-trial', untilMs, failedTrials, successes: 0 }, 'interval-over', nowMs);
    return true;
  }

  #takeOut(address: string, failedTrials: number, cause: AddressCause, nowMs: number): void {
    const untilMs = nowMs + openIntervalMs(failedTrials, this.#options, this.#rng);
    this.#move(address, { kind: 'out', untilMs, failedTrials }, cause, nowMs);
  }

  #in(): AddressStanding {
    const bucketMs = this.#options.windowMs / WINDOW_BUCKETS;
    return {
      kind: 'in',
      failuresInRow: 0,
      calls: new RollingCount(WINDOW_BUCKETS, bucketMs),
      failures: new RollingCount(WINDOW_BUCKETS, bucketMs),
    };
  }

  #move(address: string, to: AddressStanding, cause: AddressCause, nowMs: number): void {
    const from = this.#standings.get(address)?.kind ?? 'in';
    this.#standings.set(address, to);
    this.#onMove({ address, from, to: to.kind, cause, atMs: nowMs });
  }
}
