import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { documentedRoutes, type DocumentedRoute } from '../support/open-api.ts';
import { TestApi, type Answer } from '../support/test-api.ts';
import type { Chapter, RouteCase } from './chapter.ts';

const TOO_MANY_BYTES = 4 * 1024 * 1024 + 1;
const WITH_BODY = documentedRoutes().filter(({ method }) => method === 'POST' || method === 'PUT');

/** What every route with a body refuses. */
export const BODIES: Chapter = {
  title: 'bodies and keys',
  start: (kind) => TestApi.start(kind, { hasWorker: false }),
  cases: WITH_BODY.flatMap((documented) => [
    ...notJson(documented),
    ...(documented.method === 'POST' ? badKeys(documented) : []),
    {
      route: documented.route,
      answers: 'too_large' as const,
      when: `for ${TOO_MANY_BYTES} bytes`,
      ask: (api: TestApi) => announce(api, documented, TOO_MANY_BYTES),
    },
  ]),
};

function notJson({ route, method, path }: DocumentedRoute): RouteCase[] {
  const bodies = [
    ['half an object', '{"name":', 'application/json'],
    ['an empty body that calls itself JSON', '', 'application/json'],
    ['a form', 'name=local', 'application/x-www-form-urlencoded'],
    ['a text', '{}', 'text/plain'],
  ] as const;
  return bodies.map(([what, body, type]) => ({
    route,
    answers: 'not_json',
    when: `for ${what}`,
    ask: (api) => api.ask(method, path, { body, headers: { 'content-type': type } }),
  }));
}

function badKeys({ route, method, path }: DocumentedRoute): RouteCase[] {
  const scope = `local /api/v1${path}`;
  const ask = (api: TestApi, key: string, body: unknown): Promise<Answer> =>
    api.ask(method, path, { body, headers: { 'idempotency-key': key } });
  return [
    {
      route,
      answers: 'invalid_request',
      when: 'for an Idempotency-Key of 201 characters',
      ask: (api) => ask(api, 'k'.repeat(201), {}),
    },
    {
      route,
      answers: 'idempotency_key_busy',
      when: 'while the first request with the key is under way',
      ask: async (api) => {
        await api.service.idempotencyKeys.use(scope, 'busy', { a: 1 });
        return ask(api, 'busy', { a: 1 });
      },
    },
    {
      route,
      answers: 'idempotency_key_reused',
      when: 'when the key came with another body',
      ask: async (api) => {
        await api.service.idempotencyKeys.use(scope, 'reused', { a: 1 });
        return ask(api, 'reused', { a: 2 });
      },
    },
  ];
}

/** Says how much will come, and sends nothing of it: the answer must not wait for it. */
async function announce({ url }: TestApi, { method, path }: DocumentedRoute, bytes: number): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'content-length': bytes };
  const asked = request(`${url}/api/v1${path}`, { method, headers });
  asked.flushHeaders();
  const [response]: [IncomingMessage] = await new Promise((resolve, reject) => {
    asked.once('response', (answer) => resolve([answer]));
    asked.once('error', reject);
  });
  const json = await text(response);
  asked.once('error', () => {});
  asked.destroy();
  await once(asked, 'close');
  const answered = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]),
  );
  const status = response.statusCode ?? 0;
  return { method, path, status, headers: answered, text: json, body: JSON.parse(json) };
}
