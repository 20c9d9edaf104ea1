import type { ProblemCode } from '#libs/contracts';
import type { Service } from '#libs/service';
import { documentedRoutes } from '../support/open-api.ts';
import { TestApi } from '../support/test-api.ts';
import { campaignOf, targetDocument } from '../support/things.ts';
import type { Chapter, RouteCase } from './chapter.ts';

/** What gets past the edge, where a body is needed for that. */
const BODIES: Readonly<Record<string, (api: TestApi) => object>> = {
  'POST /targets': targetDocument,
  'POST /campaigns': () => campaignOf('local'),
  'POST /campaigns:validate': () => campaignOf('local'),
  'POST /schedules': () => ({
    name: 'nightly',
    campaign: `cmp_${'0'.repeat(26)}`,
    cron: '0 3 * * *',
    timeZone: 'UTC',
  }),
  'PUT /safety-lever': () => ({ state: 'engaged', reason: 'a test' }),
};

function everywhere(answers: ProblemCode, when: string): RouteCase[] {
  return documentedRoutes().map(({ route, method, path }) => ({
    route,
    answers,
    when,
    ask: (api) => api.ask(method, path, { body: BODIES[route]?.(api) }),
  }));
}

export const SECRET = 'the password of Redis';

/** The same service, but each of its parts fails at whatever it is asked. */
function broken(service: Service): Service {
  const parts = [
    'targetService',
    'campaignService',
    'runService',
    'leverService',
    'scheduleService',
  ] as const;
  return Object.create(
    service,
    Object.fromEntries(parts.map((part) => [part, { value: new Proxy(service[part], { get: fails }) }])),
  );
}

function fails(target: object, name: string | symbol): unknown {
  // Nest asks a provider for its hooks, which are not there.
  if (!(name in target)) return undefined;
  return () => Promise.reject(new Error(SECRET));
}

export const INTERNAL: Chapter = {
  title: 'a bug of ours',
  start: async (kind) => {
    const api = await TestApi.start(kind, { hasWorker: false, wrap: broken });
    // What it would log is the point of these tests, and no news.
    api.app.useLogger(false);
    return api;
  },
  cases: everywhere('internal', 'without a word of what it was'),
};

export const UNAVAILABLE: Chapter = {
  title: 'without Redis',
  start: async (kind) => {
    const api = await TestApi.start(kind, { hasWorker: false });
    await api.redis.kill();
    return api;
  },
  cases: everywhere('unavailable', 'soon'),
  isConcurrent: true,
};
