import type { RequestSpec } from '#libs/campaign';
import { invariant } from '#libs/kernel';
import type { LoadRequest } from '#libs/load/runner';

/** A scenario's request as it is sent. A path in `baseUrl` comes before its own. */
export function loadRequestOf(
  { method, path, headers = {}, body, idempotent }: RequestSpec,
  baseUrl: URL,
): LoadRequest {
  const fields = Object.entries(headers).map(([name, value]): readonly [string, string] => {
    invariant(typeof value === 'string', `the header ${name} has been resolved`);
    return [name, value];
  });
  const url = `${baseUrl.origin}${baseUrl.pathname.replace(/\/$/, '')}${path}`;
  return { url, method, headers: fields.length > 0 ? fields : undefined, body, idempotent };
}
