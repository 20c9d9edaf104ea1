import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Why a request is not let in, `undefined` when it is. The control port has no password, and a page in a browser of this
 * machine could reach it: by a name of its own that resolves here (DNS rebinding: a foreign `Host`), or directly (a
 * foreign `Origin`). Toxiproxy refuses every browser by its User-Agent; so do we, besides.
 *
 * @param ownHost what the control port was told to listen on
 */
export function refusalOf(
  { headers }: Pick<IncomingMessage, 'headers'>,
  ownHost: string,
): string | undefined {
  const { host = '', origin, 'user-agent': userAgent = '' } = headers;
  if (userAgent.startsWith('Mozilla/')) return 'User agent not allowed';
  const own = URL.parse(`http://${host}`);
  if (!own || own.host !== host.toLowerCase().replace(/:80$/, '') || !isOwnName(own.hostname, ownHost)) {
    return 'Host must be localhost or an address of this machine';
  }
  if (origin !== undefined && URL.parse(origin)?.host !== own.host) {
    return 'requests from pages of another Origin are refused';
  }
  return undefined;
}

/** Beyond loopback any literal address will do: rebinding needs a name. */
function isOwnName(name: string, ownHost: string): boolean {
  const plain = name.replace(/^\[|\]$/g, '');
  if (plain === 'localhost' || plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.')))
    return true;
  return plain === ownHost.toLowerCase() || (!isLoopback(ownHost) && isIP(plain) !== 0);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
