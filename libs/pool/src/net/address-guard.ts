import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Says whether a connection to this IP address, which `host` resolved to, may be made. Asked at every dial. */
export type AllowAddress = (ip: string, host: string) => boolean;

/** The `code` of the error of a refused address; no system uses it. */
export const ADDRESS_DENIED = 'EADDRDENIED';

export function addressDenied(host: string, addresses: readonly string[]): Error {
  const message = `${host} leads to ${addresses.join(', ')}, which is not allowed`;
  return Object.assign(new Error(message), { code: ADDRESS_DENIED, syscall: 'connect' });
}

/**
 * A name resolution that keeps only the allowed addresses. The check comes after the resolution and before the connect,
 * on the very addresses that are connected to: a name that changes its answer in between gains nothing (DNS rebinding).
 */
export function guardedLookup(allowAddress: AllowAddress, resolve: typeof lookup = lookup): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const allowed = found.filter(({ address }) => allowAddress(address, host));
      const [first] = allowed;
      if (!first) {
        const denied = addressDenied(
          host,
          found.map(({ address }) => address),
        );
        return callback(denied, '', 0);
      }
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
