import { invalidArgument, wholeOption } from '#libs/kernel';

/** How a fault proxy is started. */
export interface ProxyOptions {
  /** Address or name on which the control API listens. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Its port, 0 to 65535; 0 takes a free one. Default 8474. */
  readonly port?: number | undefined;
  /** A JSON file with proxies to begin with, in the form of `POST /populate`. */
  readonly config?: string | undefined;
  /** Makes every decision of every toxic repeatable: 0 to 2^53 - 1. Default: a random one, which is printed. */
  readonly seed?: number | undefined;
}

export interface ProxySettings {
  readonly host: string;
  readonly port: number;
  readonly config: string | undefined;
  readonly seed: number;
}

/** Fills in the defaults. Throws `PLR_INVALID_ARGUMENT` for a value outside its range. */
export function proxySettings({
  host = '127.0.0.1',
  port = 8474,
  config,
  seed,
}: ProxyOptions): ProxySettings {
  if (host === '') throw invalidArgument('host', host, 'an address or a name');
  return {
    host,
    port: wholeOption('port', port, 0, 65_535),
    config,
    seed: wholeOption('seed', seed ?? Math.floor(Math.random() * 2 ** 32), 0, Number.MAX_SAFE_INTEGER),
  };
}
