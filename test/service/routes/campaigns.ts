import {
  campaign,
  campaignPage,
  run,
  runPage,
  validation,
  type CampaignDocument,
  type NewTargetDocument,
  type ProblemCode,
} from '#libs/contracts';
import { TestApi, type Answer } from '../support/test-api.ts';
import {
  campaignOf,
  makeCampaign,
  makeRun,
  makeSchedule,
  makeTarget,
  openScenario,
  replaceTarget,
} from '../support/things.ts';
import type { Chapter, RouteCase } from './chapter.ts';
import { whileThereAreMany } from './many.ts';

const MAX_CAMPAIGNS = 10_000;
const NOTHING = `cmp_${'0'.repeat(26)}`;

interface NotRunnable {
  readonly answers: ProblemCode;
  readonly when: string;
  readonly campaign: Partial<CampaignDocument>;
  /** What the target then must not allow. */
  readonly target?: Partial<NewTargetDocument>;
}

const drill: CampaignDocument['drill'] = {
  namespace: 'demo',
  selector: { app: 'target' },
  action: 'evict',
  at: '100ms',
};
const crash = { id: 'crash', type: 'crash', where: 'target', start: '0s', duration: '100ms' } as const;

/** Against a target that allows it, each of these could be run. */
const NOT_RUNNABLE: readonly NotRunnable[] = [
  {
    answers: 'blast_radius_exceeded',
    when: "above the target's rate",
    campaign: {},
    target: { maxRate: '19/s' },
  },
  {
    answers: 'blast_radius_exceeded',
    when: "above the target's concurrency, however wide its own limit",
    campaign: {
      scenarios: [{ name: 'some', model: 'closed', concurrency: 6, duration: '1s', request: {} }],
      blastRadius: { maxConcurrency: 100 },
    },
    target: { maxConcurrency: 5 },
  },
  {
    answers: 'faults_not_allowed',
    when: 'with faults',
    campaign: { faults: [crash] },
    target: { faults: false },
  },
  { answers: 'drills_not_allowed', when: 'with a drill', campaign: { drill }, target: { drills: false } },
  { answers: 'no_control_url', when: 'without a supervisor', campaign: { faults: [crash] }, target: {} },
  {
    answers: 'no_control_url',
    when: 'without a proxy',
    campaign: { faults: [{ id: 'slow', type: 'latency', where: 'proxy' }] },
    target: {},
  },
];

/** These no target makes good. */
const NEVER_RUNNABLE: readonly NotRunnable[] = [
  { answers: 'unknown_target', when: 'for a target that is not listed', campaign: { target: 'elsewhere' } },
  {
    answers: 'blast_radius_exceeded',
    when: 'above its own rate, however wide that of the target',
    campaign: { blastRadius: { maxRate: '19/s' } },
  },
  {
    answers: 'blast_radius_exceeded',
    when: 'above its own duration',
    campaign: { blastRadius: { maxDuration: '400ms' } },
  },
  {
    answers: 'blast_radius_exceeded',
    when: 'with more arrivals than can be planned',
    campaign: { scenarios: [openScenario('40m', '800/s')], phases: { recovery: '1h' } },
  },
  { answers: 'invalid_request', when: 'without scenarios', campaign: { scenarios: [] } },
  {
    answers: 'invalid_request',
    when: 'with a check that means nothing',
    campaign: { checks: ['latency < 1'] },
  },
  {
    answers: 'invalid_request',
    when: 'with a line break in a header',
    campaign: {
      scenarios: [{ ...openScenario('1s', '1/s'), request: { headers: { a: 'b\r\nc: d' } } }],
    },
  },
  {
    answers: 'invalid_request',
    when: 'with a header that frames the message',
    campaign: {
      scenarios: [{ ...openScenario('1s', '1/s'), request: { headers: { 'Content-Length': '7' } } }],
    },
  },
];

function refusals(route: 'POST /campaigns' | 'POST /campaigns:validate'): RouteCase[] {
  return [...NOT_RUNNABLE, ...NEVER_RUNNABLE].map(({ answers, when, campaign: change, target }) => ({
    route,
    answers,
    when,
    ask: async (api) => {
      const { name } = await makeTarget(api, target);
      return api.ask('POST', route.replace('POST ', ''), { body: campaignOf(name, change) });
    },
  }));
}

/** A campaign that could be run when it was kept, and no longer can. */
async function startedTooLate(api: TestApi, { campaign: change, target = {} }: NotRunnable): Promise<Answer> {
  const controlUrl = 'http://127.0.0.1:9';
  const generous = { drills: true, controlUrl, proxy: { controlUrl, name: 'web' } };
  const listed = await makeTarget(api, generous);
  const { id } = await api.service.campaignService.create(campaignOf(listed.name, change));
  await replaceTarget(api, listed, target);
  return api.ask('POST', `/campaigns/${id}/runs`);
}

export const CAMPAIGNS: Chapter = {
  title: 'campaigns',
  start: (kind) => TestApi.start(kind, { hasWorker: false }),
  cases: [
    {
      route: 'POST /campaigns',
      answers: 201,
      when: 'for a new one',
      body: campaign,
      ask: async (api) => api.ask('POST', '/campaigns', { body: campaignOf((await makeTarget(api)).name) }),
    },
    ...refusals('POST /campaigns'),
    {
      route: 'POST /campaigns',
      answers: 'limit_reached',
      when: `for one more than ${MAX_CAMPAIGNS}`,
      ask: async (api) => {
        const body = campaignOf((await makeTarget(api)).name);
        return whileThereAreMany(api, 'campaigns', 'cmp', MAX_CAMPAIGNS, () =>
          api.ask('POST', '/campaigns', { body }),
        );
      },
    },
    {
      route: 'POST /campaigns:validate',
      answers: 200,
      when: 'for one that could be run',
      body: validation,
      ask: async (api) =>
        api.ask('POST', '/campaigns:validate', { body: campaignOf((await makeTarget(api)).name) }),
    },
    ...refusals('POST /campaigns:validate'),
    {
      route: 'GET /campaigns',
      answers: 200,
      when: 'with the first page',
      body: campaignPage,
      ask: async (api) => {
        await makeCampaign(api);
        return api.ask('GET', '/campaigns');
      },
    },
    {
      route: 'GET /campaigns',
      answers: 'invalid_request',
      when: 'for ?limit=0',
      ask: (api) => api.ask('GET', '/campaigns?limit=0'),
    },
    {
      route: 'GET /campaigns/{id}',
      answers: 200,
      when: 'for one that is there',
      body: campaign,
      ask: async (api) => api.ask('GET', `/campaigns/${(await makeCampaign(api)).id}`),
    },
    {
      route: 'GET /campaigns/{id}',
      answers: 'not_found',
      when: 'for the name of a key inside the store',
      ask: async (api) => api.ask('GET', `/campaigns/${(await makeRun(api)).campaignId}:runs`),
    },
    {
      route: 'DELETE /campaigns/{id}',
      answers: 204,
      when: 'for one that is there',
      ask: async (api) => api.ask('DELETE', `/campaigns/${(await makeCampaign(api)).id}`),
    },
    {
      route: 'DELETE /campaigns/{id}',
      answers: 'not_found',
      when: 'for one that never was',
      ask: (api) => api.ask('DELETE', `/campaigns/${NOTHING}`),
    },
    {
      route: 'DELETE /campaigns/{id}',
      answers: 'in_use',
      when: 'while a schedule starts it',
      ask: async (api) => api.ask('DELETE', `/campaigns/${(await makeSchedule(api)).campaign}`),
    },
    {
      route: 'POST /campaigns/{id}/runs',
      answers: 202,
      when: 'without a body',
      body: run,
      ask: async (api) => api.ask('POST', `/campaigns/${(await makeCampaign(api)).id}/runs`),
    },
    ...NOT_RUNNABLE.map((refusal): RouteCase => ({
      route: 'POST /campaigns/{id}/runs',
      answers: refusal.answers,
      when: `${refusal.when}, since its target was replaced`,
      ask: (api) => startedTooLate(api, refusal),
    })),
    {
      route: 'POST /campaigns/{id}/runs',
      answers: 'unknown_target',
      when: 'when its target was removed',
      ask: async (api) => {
        const { id: targetId, name } = await makeTarget(api);
        const { id } = await api.service.campaignService.create(campaignOf(name));
        await api.service.targetService.remove(targetId);
        return api.ask('POST', `/campaigns/${id}/runs`);
      },
    },
    {
      route: 'POST /campaigns/{id}/runs',
      answers: 'invalid_request',
      when: 'with a seed below 0',
      ask: async (api) =>
        api.ask('POST', `/campaigns/${(await makeCampaign(api)).id}/runs`, { body: { seed: -1 } }),
    },
    {
      route: 'POST /campaigns/{id}/runs',
      answers: 'not_found',
      when: 'for no campaign',
      ask: (api) => api.ask('POST', `/campaigns/${NOTHING}/runs`),
    },
    {
      route: 'POST /campaigns/{id}/runs',
      answers: 'conflict_running',
      when: 'when the runs under way leave too little of the target',
      ask: async (api) => {
        const { id } = await makeCampaign(api, { scenarios: [openScenario('1s', '600/s')] });
        await api.service.runService.start(id, { dryRun: false });
        return api.ask('POST', `/campaigns/${id}/runs`);
      },
    },
    {
      route: 'POST /campaigns/{id}/runs',
      answers: 'lever_engaged',
      when: 'while the lever is engaged',
      ask: (api) =>
        withLever(api, async () => api.ask('POST', `/campaigns/${(await makeCampaign(api)).id}/runs`)),
    },
    {
      route: 'POST /campaigns/{id}/runs',
      answers: 202,
      when: 'for a dry run, although the lever is engaged',
      body: run,
      ask: (api) =>
        withLever(api, async () =>
          api.ask('POST', `/campaigns/${(await makeCampaign(api)).id}/runs`, { body: { dryRun: true } }),
        ),
    },
    {
      route: 'GET /campaigns/{id}/runs',
      answers: 200,
      when: 'with the first page',
      body: runPage,
      ask: async (api) => api.ask('GET', `/campaigns/${(await makeRun(api)).campaignId}/runs`),
    },
    {
      route: 'GET /campaigns/{id}/runs',
      answers: 'not_found',
      when: 'for no campaign',
      ask: (api) => api.ask('GET', `/campaigns/${NOTHING}/runs`),
    },
    {
      route: 'GET /campaigns/{id}/runs',
      answers: 'invalid_request',
      when: 'for ?limit=0',
      ask: (api) => api.ask('GET', `/campaigns/${NOTHING}/runs?limit=0`),
    },
  ],
};

async function withLever(api: TestApi, ask: () => Promise<Answer>): Promise<Answer> {
  const { leverService } = api.service;
  await leverService.set({ state: 'engaged', reason: 'a test' }, 'test');
  try {
    return await ask();
  } finally {
    await leverService.set({ state: 'disengaged', reason: 'a test' }, 'test');
  }
}
