import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressDenied, type AllowAddress } from './address-guard.ts';

/** Resolves a name to all its addresses, as `dns.lookup` does. */
export type ResolveName = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Says in which order the addresses of a name are tried, and hears of those that could not be connected to. */
export interface AddressOrder {
  /** Returns the same addresses, the first to try first. Asked at every dial of a name. */
  order(addresses: readonly string[]): readonly string[];
  /** This one of several refused the connect, or took too long: the next is tried. */
  onConnectFailed(address: string): void;
}

/** How the name of an origin becomes addresses. */
export interface NameSeams {
  /** Default `dns.lookup`. */
  readonly resolveName?: ResolveName | undefined;
  /** Asked of every IP address before it is connected to; all are allowed without it. */
  readonly allowAddress?: AllowAddress | undefined;
  /** That of the answer without it. */
  readonly addressOrder?: AddressOrder | undefined;
}

/**
 * The `lookup` of a dial: the allowed addresses, in their order; `undefined` where Node's own says the same. The check comes
 * after the resolution and before the connect, on the very addresses that are connected to: a name that changes its answer
 * in between gains nothing (DNS rebinding).
 */
export function lookupOf(seams: NameSeams): LookupFunction | undefined {
  const { resolveName = lookup, allowAddress, addressOrder } = seams;
  if (!seams.resolveName && !allowAddress && !addressOrder) return undefined;
  return (host, options, callback) => {
    resolveName(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const allowed = allowAddress ? found.filter(({ address }) => allowAddress(address, host)) : found;
      const ordered = addressOrder ? inOrder(allowed, addressOrder) : allowed;
      const [first] = ordered;
      if (!first) {
        const denied = found.map(({ address }) => address);
        return callback(addressDenied(host, denied), '', 0);
      }
      return options.all ? callback(null, ordered) : callback(null, first.address, first.family);
    });
  };
}

function inOrder(found: LookupAddress[], addressOrder: AddressOrder): LookupAddress[] {
  const places = addressOrder.order(found.map(({ address }) => address));
  return found.toSorted((a, b) => places.indexOf(a.address) - places.indexOf(b.address));
}
