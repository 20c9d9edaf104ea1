import { RequestSerializer } from '#libs/http1';
import { checkPoolOptions, selectValidation, type ValidationTier } from '#libs/pool';
import type { RunPlan } from './run-plan.ts';

/**
 * Throws the `PLR_INVALID_ARGUMENT` that the first request would meet, before anything is started.
 * Returns the check of connections that this machine can do.
 */
export function preflight({ url, request, client }: RunPlan): ValidationTier {
  const { method, headers, body } = request;
  const bodyLength = body === undefined ? undefined : Buffer.byteLength(body);
  new RequestSerializer(url.host).serialize(method, `${url.pathname}${url.search}`, headers, bodyLength);
  return selectValidation(checkPoolOptions(client.pool ?? {}).validate).tier;
}
