import { firing, nextInstants, schedule, schedulePage } from '#libs/contracts';
import { TestApi, type Answer } from '../support/test-api.ts';
import { makeCampaign, makeSchedule } from '../support/things.ts';
import type { Chapter, RouteCase } from './chapter.ts';
import { whileThereAreMany } from './many.ts';

const MAX_SCHEDULES = 1_000;
const NOTHING = `sch_${'0'.repeat(26)}`;

async function post(api: TestApi, change: object = {}): Promise<Answer> {
  const { id } = await makeCampaign(api);
  const body = { name: 'nightly', campaign: id, cron: '0 3 * * *', timeZone: 'Europe/Madrid', ...change };
  return api.ask('POST', '/schedules', { body });
}

/** A POST to a schedule, which answers with what `body` says, and not without a schedule. */
function act(action: string, body: RouteCase['body']): RouteCase[] {
  const route = `POST /schedules/{id}/${action}`;
  return [
    {
      route,
      answers: 200,
      when: 'for one that is there',
      ...(body && { body }),
      ask: async (api) => api.ask('POST', `/schedules/${(await makeSchedule(api)).id}/${action}`),
    },
    {
      route,
      answers: 'not_found',
      when: 'for no schedule',
      ask: (api) => api.ask('POST', `/schedules/${NOTHING}/${action}`),
    },
  ];
}

export const SCHEDULES: Chapter = {
  title: 'schedules',
  start: (kind) => TestApi.start(kind, { hasWorker: false }),
  cases: [
    {
      route: 'POST /schedules',
      answers: 201,
      when: 'for a new one',
      body: schedule,
      ask: (api) => post(api),
    },
    ...[
      { campaign: `cmp_${'0'.repeat(26)}` },
      { campaign: 'nightly' },
      { cron: '0 3 * *' },
      { cron: '61 * * * *' },
      { cron: '0 0 30 2 *' },
      { timeZone: 'Mars/Olympus' },
      { timeZone: '+02:00' },
      { concurrencyPolicy: 'forbid' },
    ].map((change): RouteCase => ({
      route: 'POST /schedules',
      answers: 'invalid_request',
      when: `with ${JSON.stringify(change)}`,
      ask: (api) => post(api, change),
    })),
    {
      route: 'POST /schedules',
      answers: 'limit_reached',
      when: `for one more than ${MAX_SCHEDULES}`,
      ask: (api) => whileThereAreMany(api, 'schedules', 'sch', MAX_SCHEDULES, () => post(api)),
    },
    {
      route: 'GET /schedules',
      answers: 200,
      when: 'with the first page',
      body: schedulePage,
      ask: async (api) => {
        await makeSchedule(api);
        return api.ask('GET', '/schedules');
      },
    },
    {
      route: 'GET /schedules',
      answers: 'invalid_request',
      when: 'for ?limit=0',
      ask: (api) => api.ask('GET', '/schedules?limit=0'),
    },
    {
      route: 'GET /schedules/{id}',
      answers: 200,
      when: 'for one that is there',
      body: schedule,
      ask: async (api) => api.ask('GET', `/schedules/${(await makeSchedule(api)).id}`),
    },
    {
      route: 'GET /schedules/{id}',
      answers: 'not_found',
      when: 'for the name of a key inside the store',
      ask: async (api) => api.ask('GET', `/schedules/${(await makeSchedule(api)).id}:firings`),
    },
    {
      route: 'GET /schedules/{id}/next',
      answers: 200,
      when: 'for ?n=3',
      body: nextInstants,
      ask: async (api) => api.ask('GET', `/schedules/${(await makeSchedule(api)).id}/next?n=3`),
    },
    {
      route: 'GET /schedules/{id}/next',
      answers: 'not_found',
      when: 'for no schedule',
      ask: (api) => api.ask('GET', `/schedules/${NOTHING}/next`),
    },
    {
      route: 'GET /schedules/{id}/next',
      answers: 'invalid_request',
      when: 'for ?n=101',
      ask: (api) => api.ask('GET', `/schedules/${NOTHING}/next?n=101`),
    },
    {
      route: 'DELETE /schedules/{id}',
      answers: 204,
      when: 'for one that is there',
      ask: async (api) => api.ask('DELETE', `/schedules/${(await makeSchedule(api)).id}`),
    },
    {
      route: 'DELETE /schedules/{id}',
      answers: 'not_found',
      when: 'for no schedule',
      ask: (api) => api.ask('DELETE', `/schedules/${NOTHING}`),
    },
    ...act('suspend', schedule),
    ...act('resume', schedule),
    ...act('trigger', firing),
  ],
};
