/** Says whether a connection to this IP address, which `host` resolved to, may be made. Asked at every dial. */
export type AllowAddress = (ip: string, host: string) => boolean;

/** The `code` of the error of a refused address; no system uses it. */
export const ADDRESS_DENIED = 'EADDRDENIED';

export function addressDenied(host: string, addresses: readonly string[]): Error {
  const message = `${host} leads to ${addresses.join(', ')}, which is not allowed`;
  return Object.assign(new Error(message), { code: ADDRESS_DENIED, syscall: 'connect' });
}
