import { ApiError } from '../api-error.ts';
import type { ProxySet } from '../proxy-set.ts';
import { ROUTES, type Reply } from './routes.ts';

const PLAIN = 'text/plain; charset=utf-8';

/** Answers a request to the control API, a refusal included. */
export async function answer(
  proxies: ProxySet,
  { method, path, body }: { method: string; path: string; body: string },
): Promise<Reply> {
  const found = findRoutes(path);
  if (!found) return { statusCode: 404, contentType: PLAIN, body: '404 page not found\n' };
  const route = found.routes.find(({ methods }) => methods.includes(method));
  if (!route) return { statusCode: 405, contentType: '', body: '' };
  try {
    return await route.answer({ proxies, proxy: found.proxy, toxic: found.toxic, body });
  } catch (error) {
    if (error instanceof ApiError) return refusal(error, path);
    throw error;
  }
}

/** Toxiproxy's form: text by its type, JSON by its content; a refused `populate` has no proxies. */
function refusal({ statusCode, message }: ApiError, path: string): Reply {
  const error = { error: message, status: statusCode };
  if (path !== '/populate') return { statusCode, contentType: PLAIN, body: `${JSON.stringify(error)}\n` };
  return { statusCode, contentType: 'application/json', body: JSON.stringify({ ...error, proxies: null }) };
}

function findRoutes(path: string) {
  const [, collection, proxy = '', toxics, toxic = '', ...more] = path.split('/');
  const fixed = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (fixed) return { routes: fixed, proxy: '', toxic: '' };
  if (collection !== 'proxies' || proxy === '' || more.length > 0) return undefined;
  if (toxics !== undefined && toxics !== 'toxics') return undefined;
  if (path.endsWith('/')) return undefined;
  const pattern = ['/proxies/PROXY', toxics && '/toxics', toxic && '/TOXIC'].filter(Boolean).join('');
  const names = [proxy, toxic].map(decoded);
  const [proxyName, toxicName] = names;
  if (proxyName === undefined || toxicName === undefined) return undefined;
  return { routes: ROUTES[pattern] ?? [], proxy: proxyName, toxic: toxicName };
}

/** A name from a path; `undefined` when it is not encoded as it must be. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
