import type { CampaignDocument, Campaign, NewTargetDocument, Run, Schedule, Target } from '#libs/contracts';
import type { TestApi } from './test-api.ts';

/** A target that allows everything but much. */
export function targetDocument(api: TestApi, change: Partial<NewTargetDocument> = {}): NewTargetDocument {
  return {
    name: api.freshName(),
    baseUrl: 'http://127.0.0.1:9',
    maxRate: '1000/s',
    maxConcurrency: 200,
    faults: true,
    allowPrivate: true,
    ...change,
  };
}

/** Half a second of load, which the scripted world answers at once. */
export function campaignOf(target: string, change: Partial<CampaignDocument> = {}): CampaignDocument {
  return { name: 'short', target, seed: 7, scenarios: [openScenario('500ms', '20/s')], ...change };
}

export function openScenario(duration: string, target: string): CampaignDocument['scenarios'][number] {
  return { name: 'health', model: 'open', stages: [{ duration, target }], request: {} };
}

export function makeTarget(api: TestApi, change?: Partial<NewTargetDocument>): Promise<Target> {
  return api.service.targetService.create(targetDocument(api, change));
}

/** The same name for a target with other rules. */
export async function replaceTarget(api: TestApi, { id, name }: Target, change: Partial<NewTargetDocument>) {
  await api.service.targetService.remove(id);
  return makeTarget(api, { ...change, name });
}

/** A campaign with a target of its own. */
export async function makeCampaign(api: TestApi, change?: Partial<CampaignDocument>): Promise<Campaign> {
  const { name } = await makeTarget(api);
  return api.service.campaignService.create(campaignOf(name, change));
}

/** A run with a campaign and a target of its own. */
export async function makeRun(api: TestApi, change?: Partial<CampaignDocument>): Promise<Run> {
  const { id } = await makeCampaign(api, change);
  return api.service.runService.start(id, { dryRun: false });
}

/** Where no worker is there to see it through, this is how a run ends. */
export async function makeEndedRun(api: TestApi): Promise<Run> {
  const { id } = await makeRun(api);
  return api.service.runService.abort(id, { mode: 'now' });
}

/** A schedule that will not fire by itself before the next leap day. */
export async function makeSchedule(api: TestApi, change: Partial<Schedule> = {}): Promise<Schedule> {
  const { id } = await makeCampaign(api);
  const posted = { name: 'rarely', campaign: id, cron: '0 0 29 2 *', timeZone: 'UTC' };
  return api.service.scheduleService.create({ ...posted, concurrencyPolicy: 'Forbid', ...change });
}
