import type { Campaign, CampaignDocument, Page, PageQuery } from '#libs/contracts';
import { ProblemError, notFound } from '../problem-error.ts';
import type { Campaigns } from '../repositories/campaigns.ts';
import type { Schedules } from '../repositories/schedules.ts';
import type { Targets } from '../repositories/targets.ts';
import { planOf } from './planning.ts';
import { freshId, type ServiceSeams } from './service-seams.ts';

const MAX_CAMPAIGNS = 10_000;

export interface CampaignRepositories {
  readonly campaigns: Campaigns;
  readonly schedules: Schedules;
  readonly targets: Targets;
}

/** The campaigns. One is kept only when it could be run as things are. */
export class CampaignService {
  readonly #repositories: CampaignRepositories;
  readonly #seams: ServiceSeams;

  constructor(repositories: CampaignRepositories, seams: ServiceSeams) {
    this.#repositories = repositories;
    this.#seams = seams;
  }

  /** Rejects with what is wrong; keeps nothing. */
  async validate(document: CampaignDocument): Promise<void> {
    const target = await this.#repositories.targets.find(document.target);
    if (!target) throw unknownTarget(document.target);
    planOf(document, target, { seed: document.seed ?? 0, segments: 1 });
  }

  async create(document: CampaignDocument): Promise<Campaign> {
    await this.validate(document);
    if ((await this.#repositories.campaigns.count()) >= MAX_CAMPAIGNS) {
      throw new ProblemError('limit_reached', `there are ${MAX_CAMPAIGNS} campaigns, no more are kept`);
    }
    const item: Campaign = { ...document, ...freshId('cmp', this.#seams), version: 1 };
    await this.#repositories.campaigns.create(item);
    return item;
  }

  async get(id: string): Promise<Campaign> {
    const item = await this.#repositories.campaigns.get(id);
    if (item) return item;
    throw notFound('campaign', id);
  }

  list(page: PageQuery): Promise<Page<Campaign>> {
    return this.#repositories.campaigns.list(page);
  }

  /** Its runs stay until their retention ends. */
  async remove(id: string): Promise<void> {
    await this.get(id);
    if (await this.#repositories.schedules.uses(id)) {
      throw new ProblemError('in_use', `a schedule starts runs of ${id}`);
    }
    await this.#repositories.campaigns.remove(id);
  }
}

export function unknownTarget(name: string): ProblemError {
  const message = `target must be the name of an allow-listed target, got ${JSON.stringify(name)}`;
  return new ProblemError('unknown_target', message, [{ path: 'target', code: 'unknown_target', message }]);
}
