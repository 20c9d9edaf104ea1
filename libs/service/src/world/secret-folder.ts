import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CampaignSpec, HeaderValue, ScenarioSpec } from '#libs/campaign';
import { RunRefusedError } from '../runs/run-refused-error.ts';

/** The names that a campaign may use. None of them leads out of the folder. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** What may stand in a header's value (RFC 9110 section 5.5), and how much of it. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]{1,8000}$/;

/** The secrets of a worker: a folder with a file for each, as Kubernetes mounts a Secret. */
export class SecretFolder {
  readonly #folder: string | undefined;

  /** @param folder without one, no secret is found */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /**
   * The value of a secret, without the newline at its end.
   * @throws RunRefusedError with its name; the value is in no message
   */
  async read(name: string): Promise<string> {
    const value = (await this.#text(name)).replace(/\r?\n$/, '');
    if (VALUE.test(value)) return value;
    throw new RunRefusedError(
      `the secret ${name} must be 1 to 8000 characters that a header's value may hold`,
    );
  }

  /** The campaign with its secrets in place. Never to be stored or shown. */
  async resolve(spec: CampaignSpec): Promise<CampaignSpec> {
    return {
      ...spec,
      scenarios: await Promise.all(spec.scenarios.map((item) => this.#resolveScenario(item))),
    };
  }

  async #resolveScenario<Scenario extends ScenarioSpec>(scenario: Scenario): Promise<Scenario> {
    const { headers = {} } = scenario.request;
    const fields = await Promise.all(
      Object.entries(headers).map(async ([name, value]) => [name, await this.#resolveValue(value)] as const),
    );
    return { ...scenario, request: { ...scenario.request, headers: Object.fromEntries(fields) } };
  }

  async #resolveValue(value: HeaderValue): Promise<string> {
    return typeof value === 'string' ? value : this.read(value.secretRef);
  }

  async #text(name: string): Promise<string> {
    if (this.#folder !== undefined && NAME.test(name)) {
      try {
        return await readFile(join(this.#folder, name), 'latin1');
      } catch {
        // Why it cannot be read is the business of whoever runs the worker, not of who wrote the campaign.
      }
    }
    throw new RunRefusedError(`the worker has no secret ${name}`);
  }
}
