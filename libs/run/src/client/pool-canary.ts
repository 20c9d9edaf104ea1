import { Pool, type AllowAddress } from '#libs/client';
import type { CampaignSpec } from '#libs/campaign';
import { invariant } from '#libs/kernel';
import type { Canary } from '#libs/run';
import { loadRequestOf } from './load-request.ts';

/** A canary with a connection of its own, which `close` gives back. */
export type PoolCanary = Canary & { close(): Promise<void> };

/**
 * One request after another through a pool alone: no retry makes it better, no breaker worse, and it meets no fault. It
 * sends what the first scenario with a GET or HEAD sends, else the first.
 */
export function canaryOf(spec: CampaignSpec, baseUrl: URL, allowAddress?: AllowAddress): PoolCanary {
  const { scenarios, policies } = spec;
  const scenario = scenarios.find(({ request }) => isHarmless(request.method)) ?? scenarios[0];
  invariant(scenario !== undefined, 'a campaign has a scenario');
  const { method, headers, body, url } = loadRequestOf(scenario.request, baseUrl);
  const { pathname, search } = new URL(url);
  const options = { maxConnections: 1, connectTimeoutMs: policies.timeoutMs };
  const pool = new Pool(baseUrl.origin, options, { allowAddress });
  const canary = async (): Promise<boolean> => {
    try {
      const signal = AbortSignal.timeout(policies.timeoutMs);
      const response = await pool.request({ path: `${pathname}${search}`, method, headers, body, signal });
      await response.body.dump(Infinity);
      return response.statusCode < 500;
    } catch {
      return false;
    }
  };
  return Object.assign(canary, { close: async () => pool.destroy() });
}

function isHarmless(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
