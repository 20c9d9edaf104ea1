import { invalidArgument } from '#libs/kernel';
import { badArgument } from '../bad-argument.ts';
import { optional, repeatable, withDefault, type ValuesOf } from '../flags/flag.ts';
import { headerLine, hostName, originPath, text, wholeNumber } from '../flags/kinds.ts';

/** Where the requests go and what they are. */
export const TARGET_FLAGS = {
  host: optional(hostName, 'name or address of the server', 'default 127.0.0.1'),
  port: optional(wholeNumber(1, 65_535), 'its port', 'default 8080'),
  path: optional(originPath, 'path and query of each request', 'default /health'),
  method: withDefault(text('token'), 'method of each request', 'GET'),
  header: repeatable(headerLine, "header field of each request, 'Name: value'"),
  body: optional(text('text'), 'body of each request, sent as UTF-8', 'default none'),
};

type TargetValues = ValuesOf<typeof TARGET_FLAGS>;

/** The one URL of the run: the argument `url`, else made of `--host`, `--port` and `--path`. */
export function urlOf({ host, port, path }: TargetValues, args: readonly string[]): URL {
  const [url, second] = args;
  if (second !== undefined)
    throw badArgument(`url must be given once, got ${args.map(quoted).join(' and ')}`);
  if (url === undefined) return new URL(`http://${host ?? '127.0.0.1'}:${port ?? 8080}${path ?? '/health'}`);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' || parsed.username !== '' || parsed.password !== '') {
    const allowed =
      'an http: URL such as http://127.0.0.1:8080/health (the other commands are target, proxy and campaign)';
    throw invalidArgument('url', url, allowed);
  }
  for (const [flag, value] of Object.entries({ '--host': host, '--port': port, '--path': path })) {
    if (value !== undefined)
      throw invalidArgument(flag, value, `left out where url is given (${quoted(url)})`);
  }
  return parsed;
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
