import { run, runPage } from '#libs/contracts';
import { TestApi } from '../support/test-api.ts';
import { makeEndedRun, makeRun } from '../support/things.ts';
import type { Chapter, RouteCase } from './chapter.ts';

const NOTHING = `run_${'0'.repeat(26)}`;

/** Names of keys that lie beside that of a run. */
const INNER_KEYS = ['events', 'epoch', 'abort', 'lease'];

export const RUNS: Chapter = {
  title: 'runs',
  start: (kind) => TestApi.start(kind, { hasWorker: false }),
  cases: [
    {
      route: 'GET /runs',
      answers: 200,
      when: 'with the first page',
      body: runPage,
      ask: async (api) => {
        await makeRun(api);
        return api.ask('GET', '/runs');
      },
    },
    {
      route: 'GET /runs',
      answers: 'invalid_request',
      when: 'for ?limit=0',
      ask: (api) => api.ask('GET', '/runs?limit=0'),
    },
    {
      route: 'GET /runs/{id}',
      answers: 200,
      when: 'for one that is there',
      body: run,
      ask: async (api) => api.ask('GET', `/runs/${(await makeEndedRun(api)).id}`),
    },
    ...INNER_KEYS.map((key): RouteCase => ({
      route: 'GET /runs/{id}',
      answers: 'not_found',
      when: `for the name of a key inside the store, ${key}`,
      ask: async (api) => api.ask('GET', `/runs/${(await makeEndedRun(api)).id}:${key}`),
    })),
    {
      route: 'GET /runs/{id}',
      answers: 'not_found',
      when: 'for an id longer than any',
      ask: (api) => api.ask('GET', `/runs/${'a'.repeat(1_000)}`),
    },
    {
      route: 'GET /runs/{id}',
      answers: 'not_found',
      when: 'for an address that cannot be decoded',
      ask: (api) => api.ask('GET', '/runs/%zz'),
    },
    {
      route: 'POST /runs/{id}/abort',
      answers: 202,
      when: 'without a body',
      body: run,
      ask: async (api) => api.ask('POST', `/runs/${(await makeRun(api)).id}/abort`),
    },
    {
      route: 'POST /runs/{id}/abort',
      answers: 202,
      when: 'also the second time',
      body: run,
      ask: async (api) =>
        api.ask('POST', `/runs/${(await makeEndedRun(api)).id}/abort`, { body: { mode: 'now' } }),
    },
    {
      route: 'POST /runs/{id}/abort',
      answers: 'invalid_request',
      when: 'in a mode that nobody knows',
      ask: async (api) =>
        api.ask('POST', `/runs/${(await makeRun(api)).id}/abort`, { body: { mode: 'gently' } }),
    },
    {
      route: 'POST /runs/{id}/abort',
      answers: 'not_found',
      when: 'for no run',
      ask: (api) => api.ask('POST', `/runs/${NOTHING}/abort`),
    },
    {
      route: 'GET /runs/{id}/events',
      answers: 200,
      when: 'for a run that has ended, and closes',
      ask: async (api) => api.ask('GET', `/runs/${(await makeEndedRun(api)).id}/events`),
    },
    {
      route: 'GET /runs/{id}/events',
      answers: 'not_found',
      when: 'for no run',
      ask: (api) => api.ask('GET', `/runs/${NOTHING}/events`),
    },
    {
      route: 'GET /runs/{id}/events',
      answers: 'invalid_request',
      when: 'after an event that cannot be one',
      ask: async (api) =>
        api.ask('GET', `/runs/${(await makeRun(api)).id}/events`, { headers: { 'last-event-id': 'x' } }),
    },
    ...['', '?format=json', '?format=junit', '?format=csv'].map((query): RouteCase => ({
      route: 'GET /runs/{id}/report',
      answers: 200,
      when: `for ${query === '' ? 'the default format' : query}`,
      ask: async (api) => api.ask('GET', `/runs/${(await makeEndedRun(api)).id}/report${query}`),
    })),
    {
      route: 'GET /runs/{id}/report',
      answers: 'not_finished',
      when: 'before the run has ended',
      ask: async (api) => api.ask('GET', `/runs/${(await makeRun(api)).id}/report`),
    },
    {
      route: 'GET /runs/{id}/report',
      answers: 'not_found',
      when: 'for no run',
      ask: (api) => api.ask('GET', `/runs/${NOTHING}/report`),
    },
    {
      route: 'GET /runs/{id}/report',
      answers: 'invalid_request',
      when: 'for a format that nobody knows',
      ask: (api) => api.ask('GET', `/runs/${NOTHING}/report?format=pdf`),
    },
  ],
};
