import { RequestSerializer } from '#libs/http1';
import { Pool, type ValidationTier } from '#libs/pool';
import type { RunPlan } from './run-plan.ts';

/**
 * Throws the `PLR_INVALID_ARGUMENT` that the first request would meet, before anything is started: neither a pool nor a
 * serialiser opens a socket of its own accord. Returns the check of connections that this machine can do.
 */
export function preflight({ url, request, client }: RunPlan): ValidationTier {
  const { method, headers, body } = request;
  const bodyLength = body === undefined ? undefined : Buffer.byteLength(body);
  new RequestSerializer(url.host).serialize(method, `${url.pathname}${url.search}`, headers, bodyLength);
  return new Pool(url.origin, client.pool).stats().validation;
}
