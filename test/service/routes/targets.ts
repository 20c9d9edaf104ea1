import { target, targetPage, type NewTargetDocument, type ProblemCode } from '#libs/contracts';
import { TestApi, type Answer } from '../support/test-api.ts';
import { makeRun, makeTarget, targetDocument } from '../support/things.ts';
import type { Chapter, RouteCase } from './chapter.ts';
import { whileThereAreMany } from './many.ts';

const MAX_TARGETS = 1_000;

function post(change: Partial<NewTargetDocument> = {}): (api: TestApi) => Promise<Answer> {
  return (api) => api.ask('POST', '/targets', { body: targetDocument(api, change) });
}

function refused(answers: ProblemCode, change: Partial<NewTargetDocument>): RouteCase {
  return { route: 'POST /targets', answers, when: `with ${JSON.stringify(change)}`, ask: post(change) };
}

export const TARGETS: Chapter = {
  title: 'targets',
  start: (kind) => TestApi.start(kind, { hasWorker: false }),
  cases: [
    { route: 'POST /targets', answers: 201, when: 'for a new one', body: target, ask: post() },
    ...[
      'http://169.254.169.254/latest',
      'http://169.254.1.1/',
      'http://[fe80::1]/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://0xa9fea9fe/',
      'http://2852039166/',
      'http://metadata.google.internal/',
      'http://[fd00:ec2::254]/',
    ].map((baseUrl) => refused('target_not_allowed', { baseUrl, allowPrivate: true })),
    refused('target_not_allowed', { allowPrivate: false }),
    refused('target_not_allowed', { baseUrl: 'http://localhost:8080', allowPrivate: false }),
    refused('target_not_allowed', { controlUrl: 'http://169.254.169.254/' }),
    refused('target_not_allowed', { proxy: { controlUrl: 'http://169.254.169.254/', name: 'a' } }),
    ...['ftp://127.0.0.1/', 'file:///etc/passwd', 'gopher://x', '127.0.0.1:80', 'http://user:pw@host/'].map(
      (baseUrl) => refused('invalid_request', { baseUrl }),
    ),
    refused('invalid_request', { maxRate: '0/s' }),
    refused('invalid_request', { maxConcurrency: 0 }),
    refused('invalid_request', { name: 'Not a name' }),
    {
      route: 'POST /targets',
      answers: 'invalid_request',
      when: 'with a field that nobody knows',
      ask: (api) => api.ask('POST', '/targets', { body: { ...targetDocument(api), tls: true } }),
    },
    {
      route: 'POST /targets',
      answers: 'name_taken',
      when: 'for the second of one name',
      ask: async (api) => {
        const { name } = await makeTarget(api);
        return post({ name })(api);
      },
    },
    {
      route: 'POST /targets',
      answers: 'limit_reached',
      when: `for one more than ${MAX_TARGETS}`,
      ask: (api) => whileThereAreMany(api, 'targets', 'tgt', MAX_TARGETS, () => post()(api)),
    },
    {
      route: 'GET /targets',
      answers: 200,
      when: 'with the first page',
      body: targetPage,
      ask: async (api) => {
        await makeTarget(api);
        return api.ask('GET', '/targets?limit=2');
      },
    },
    ...['limit=0', 'limit=201', 'limit=many', 'limit=1&limit=2', 'cursor=elsewhere', 'sort=name'].map(
      (query): RouteCase => ({
        route: 'GET /targets',
        answers: 'invalid_request',
        when: `for ?${query}`,
        ask: (api) => api.ask('GET', `/targets?${query}`),
      }),
    ),
    {
      route: 'GET /targets/{id}',
      answers: 200,
      when: 'for one that is there',
      body: target,
      ask: async (api) => api.ask('GET', `/targets/${(await makeTarget(api)).id}`),
    },
    {
      route: 'GET /targets/{id}',
      answers: 'not_found',
      when: 'for a name instead of an id',
      ask: async (api) => api.ask('GET', `/targets/${(await makeTarget(api)).name}`),
    },
    {
      route: 'DELETE /targets/{id}',
      answers: 204,
      when: 'for one that is there',
      ask: async (api) => api.ask('DELETE', `/targets/${(await makeTarget(api)).id}`),
    },
    {
      route: 'DELETE /targets/{id}',
      answers: 'not_found',
      when: 'the second time',
      ask: async (api) => {
        const { id } = await makeTarget(api);
        await api.ask('DELETE', `/targets/${id}`);
        return api.ask('DELETE', `/targets/${id}`);
      },
    },
    {
      route: 'DELETE /targets/{id}',
      answers: 'in_use',
      when: 'while a run sends to it',
      ask: async (api) => {
        const run = await makeRun(api);
        const { items } = await api.service.targetService.list({ limit: 200 });
        return api.ask('DELETE', `/targets/${items.find(({ name }) => name === run.target)?.id}`);
      },
    },
  ],
};
