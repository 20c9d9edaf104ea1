import { safetyLever } from '#libs/contracts';
import { TestApi } from '../support/test-api.ts';
import type { Chapter, RouteCase } from './chapter.ts';

export const SAFETY_LEVER: Chapter = {
  title: 'the safety lever',
  start: (kind) => TestApi.start(kind, { hasWorker: false }),
  cases: [
    {
      route: 'GET /safety-lever',
      answers: 200,
      when: 'while nobody has touched it',
      body: safetyLever,
      ask: (api) => api.ask('GET', '/safety-lever'),
    },
    ...['engaged', 'disengaged'].map((state): RouteCase => ({
      route: 'PUT /safety-lever',
      answers: 200,
      when: `when it gets ${state}`,
      body: safetyLever,
      ask: (api) => api.ask('PUT', '/safety-lever', { body: { state, reason: 'a test' } }),
    })),
    ...[{}, { state: 'engaged' }, { state: 'engaged', reason: '' }, { state: 'up', reason: 'a' }].map(
      (body): RouteCase => ({
        route: 'PUT /safety-lever',
        answers: 'invalid_request',
        when: `with ${JSON.stringify(body)}`,
        ask: (api) => api.ask('PUT', '/safety-lever', { body }),
      }),
    ),
  ],
};
