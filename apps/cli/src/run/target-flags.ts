import { readFileSync } from 'node:fs';
import { invalidArgument } from '#libs/kernel';
import type { TlsOptions } from '#libs/pool';
import { badArgument } from '../bad-argument.ts';
import { optional, repeatable, toggle, withDefault, type ValuesOf } from '../flags/flag.ts';
import { headerLine, hostName, originPath, text, wholeNumber } from '../flags/kinds.ts';

/** Where the requests go and what they are. */
export const TARGET_FLAGS = {
  host: optional(hostName, 'name or address of the server', 'default 127.0.0.1'),
  port: optional(wholeNumber(1, 65_535), 'its port', 'default 8080'),
  path: optional(originPath, 'path and query of each request', 'default /health'),
  https: toggle('over TLS'),
  ca: optional(text('file'), 'with https: the roots to trust, in PEM', "default Node's own"),
  insecure: toggle('with https: trust any certificate'),
  method: withDefault(text('token'), 'method of each request', 'GET'),
  header: repeatable(headerLine, "header field of each request, 'Name: value'"),
  body: optional(text('text'), 'body of each request, sent as UTF-8', 'default none'),
};

type TargetValues = ValuesOf<typeof TARGET_FLAGS>;

/** The one URL of the run: the argument `url`, else made of `--https`, `--host`, `--port` and `--path`. */
export function urlOf({ host, port, path, https }: TargetValues, args: readonly string[]): URL {
  const [url, second] = args;
  if (second !== undefined)
    throw badArgument(`url must be given once, got ${args.map(quoted).join(' and ')}`);
  const scheme = https ? 'https' : 'http';
  if (url === undefined)
    return new URL(`${scheme}://${host ?? '127.0.0.1'}:${port ?? 8080}${path ?? '/health'}`);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isHttp = parsed?.protocol === 'http:' || parsed?.protocol === 'https:';
  if (!isHttp || parsed.username !== '' || parsed.password !== '') {
    const allowed =
      'an http: or https: URL such as http://127.0.0.1:8080/health (the other commands are target, proxy, campaign and explain)';
    throw invalidArgument('url', url, allowed);
  }
  for (const [flag, value] of Object.entries({ '--host': host, '--port': port, '--path': path })) {
    if (value !== undefined)
      throw invalidArgument(flag, value, `left out where url is given (${quoted(url)})`);
  }
  if (https) throw badArgument(`--https must be left out where url is given (${quoted(url)})`);
  return parsed;
}

/** How an `https:` URL is secured; `undefined` for the default. */
export function tlsOf({ ca, insecure }: TargetValues, url: URL): TlsOptions | undefined {
  if (ca === undefined && !insecure) return undefined;
  const flag = insecure ? '--insecure' : '--ca';
  if (url.protocol !== 'https:') throw badArgument(`${flag} must be left out without https`);
  if (ca === undefined) return { rejectUnauthorized: false };
  if (insecure) throw badArgument('--ca must be left out with --insecure, which trusts any certificate');
  return { ca: rootsIn(ca) };
}

function rootsIn(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw invalidArgument('--ca', path, `a file that can be read (${why})`);
  }
}

/** What each request says besides its path. */
export function requestOf({ method, header, body }: TargetValues): {
  readonly method: string;
  readonly headers: ReadonlyArray<readonly [string, string]> | undefined;
  readonly body: string | undefined;
} {
  // Without fields the pool sends a head that it has kept.
  return { method, headers: header.length > 0 ? header : undefined, body };
}

function quoted(value: string): string {
  return JSON.stringify(value);
}
