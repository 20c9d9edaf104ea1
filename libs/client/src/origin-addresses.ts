import type { Clock, Rng } from '#libs/kernel';
import type { AddressOrder, Exchange } from '#libs/pool';
import { channels } from '#libs/records';
import { AddressOutliers, type AddressMove, type ResolvedBreakerOptions } from '#libs/resilience';

export interface OriginAddressesSeams {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Of the client, if it has one. */
  readonly client: string | undefined;
  readonly origin: string;
  /** Ends the use of connections to this address. */
  readonly retire: (address: string) => void;
}

/** The addresses of an origin's name, where it has several: the one that fails alone is left alone. */
export class OriginAddresses implements AddressOrder {
  readonly #outliers: AddressOutliers;
  readonly #slowCallMs: number;
  readonly #seams: OriginAddressesSeams;
  /** Of the last answer. */
  #count = 0;

  constructor(options: ResolvedBreakerOptions, seams: OriginAddressesSeams) {
    this.#slowCallMs = options.slowCallMs;
    this.#seams = seams;
    this.#outliers = new AddressOutliers(options, seams.rng, (move) => this.#onMove(move));
  }

  /** Those that are out or on trial. */
  get out(): readonly string[] {
    return this.#outliers.out;
  }

  order(addresses: readonly string[]): readonly string[] {
    this.#count = addresses.length;
    return this.#outliers.order(addresses, this.#seams.clock.nowMs());
  }

  onConnectFailed(address: string): void {
    this.#outliers.onFailure(address, this.#seams.clock.nowMs());
  }

  /** A call ended. Returns whether its address alone is to blame for that. */
  onCall(hasSucceeded: boolean, exchange: Exchange | undefined, tookMs: number, nowMs: number): boolean {
    const address = exchange?.addresses?.remoteAddress;
    // With one address there is nobody else to ask.
    if (this.#count < 2 || address === undefined) return false;
    if (!hasSucceeded || tookMs >= this.#slowCallMs) return this.#outliers.onFailure(address, nowMs);
    this.#outliers.onSuccess(address, nowMs);
    return false;
  }

  #onMove({ address, from, to, cause, atMs }: AddressMove): void {
    const { client, origin, retire } = this.#seams;
    if (channels.address.hasSubscribers)
      channels.address.publish({ client, origin, address, from, to, cause, atMs });
    if (to === 'out') retire(address);
  }
}
