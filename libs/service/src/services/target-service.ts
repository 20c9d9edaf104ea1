import type { NewTargetDocument, Page, PageQuery, Target } from '#libs/contracts';
import { refusalOfHostname, type AddressRefusal } from '../allow-list/address-policy.ts';
import { ProblemError, notFound } from '../problem-error.ts';
import type { Runs } from '../repositories/runs.ts';
import type { Targets } from '../repositories/targets.ts';
import { freshId, type ServiceSeams } from './service-seams.ts';

const MAX_TARGETS = 1_000;

const BECAUSE: Readonly<Record<AddressRefusal, string>> = {
  'link-local': 'link-local addresses are never allowed',
  metadata: 'metadata services are never allowed',
  unusable: 'it is no address of one machine',
  private: 'private addresses are allowed only with allowPrivate',
};

/** The allow-list of targets. */
export class TargetService {
  readonly #targets: Targets;
  readonly #runs: Runs;
  readonly #seams: ServiceSeams;

  constructor(targets: Targets, runs: Runs, seams: ServiceSeams) {
    this.#targets = targets;
    this.#runs = runs;
    this.#seams = seams;
  }

  async create(posted: NewTargetDocument): Promise<Target> {
    const item = this.#targetOf(posted);
    if ((await this.#targets.count()) >= MAX_TARGETS) {
      throw new ProblemError('limit_reached', `there are ${MAX_TARGETS} targets, no more are kept`);
    }
    if (await this.#targets.create(item)) return item;
    throw new ProblemError('name_taken', `there is a target ${item.name} already`);
  }

  /** Makes a target as it is declared, or changes the one of that name to it. */
  async declare(declared: NewTargetDocument): Promise<Target> {
    return this.#targets.put(this.#targetOf(declared));
  }

  #targetOf(posted: NewTargetDocument): Target {
    const { faults = false, drills = false, allowPrivate = false } = posted;
    const urls = [
      ['baseUrl', posted.baseUrl],
      ['controlUrl', posted.controlUrl],
      ['proxy.controlUrl', posted.proxy?.controlUrl],
    ] as const;
    const issues = urls.flatMap(([path, url]) => {
      const refusal =
        url === undefined ? undefined : refusalOfHostname(new URL(url).hostname, { allowPrivate });
      if (refusal === undefined) return [];
      return [{ path, code: refusal, message: `${path} must not be ${url}: ${BECAUSE[refusal]}` }];
    });
    if (issues.length > 0) {
      throw new ProblemError('target_not_allowed', issues.map(({ message }) => message).join('; '), issues);
    }
    return { ...freshId('tgt', this.#seams), ...posted, faults, drills, allowPrivate };
  }

  async get(id: string): Promise<Target> {
    const item = await this.#targets.get(id);
    if (item) return item;
    throw notFound('target', id);
  }

  list(page: PageQuery): Promise<Page<Target>> {
    return this.#targets.list(page);
  }

  /** Campaigns that name it can no longer be run. */
  async remove(id: string): Promise<void> {
    const item = await this.get(id);
    if (await this.#runs.isTargetBusy(id)) {
      throw new ProblemError('in_use', `a run sends to ${item.name}`);
    }
    await this.#targets.remove(item);
  }
}
