import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ApiError } from './api-error.ts';

/** Where to listen, or whither to dial. */
export interface Address {
  /** A name or an IP address without brackets; empty for every address of the machine. */
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, with an IPv6 address in brackets. Returns `undefined` when it is none. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain = '', port = ''] =
    /^(?:\[([\da-fA-F:.%]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) return undefined;
  return { host: bracketed ?? plain, port: Number(port) };
}

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The address that a proxy is to listen on: a name becomes an address, IPv4 before IPv6, as Go has it. An empty text is
 * any address and any port.
 * @throws ApiError 500 in Toxiproxy's words when it is no address; `prefix` comes before them
 */
export async function resolveListen(text: string, prefix = ''): Promise<Address> {
  if (text === '') return { host: '', port: 0 };
  const address = parseAddress(text);
  if (!address) {
    const reason = text.includes(':')
      ? 'invalid port or too many colons in address'
      : 'missing port in address';
    throw new ApiError(500, `${prefix}address ${text}: ${reason}`);
  }
  const { host, port } = address;
  if (host === '' || isIP(host) !== 0) return address;
  const found = await lookup(host, { all: true }).catch(() => []);
  const best = found.find(({ family }) => family === 4) ?? found[0];
  if (!best) throw new ApiError(500, `${prefix}lookup ${host}: no such host`);
  return { host: best.address, port };
}
