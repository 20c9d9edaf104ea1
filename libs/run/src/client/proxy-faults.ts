import type { FaultSpec, PlannedFault } from '#libs/campaign';
import type { OuterFaults } from '#libs/run';
import type { ControlClient } from './control-client.ts';

/**
 * Toxics of the proxy before the target, through Toxiproxy's control API: one for each fault, by the fault's id. A toxic has
 * no time to live: the run takes it away, and where its owner has died, the next one does.
 */
export class ProxyFaults implements OuterFaults {
  readonly #control: ControlClient;
  readonly #path: string;
  readonly #specs: readonly FaultSpec[];

  /**
   * @param name of the proxy
   * @param specs those of the campaign that are of this kind
   */
  constructor(control: ControlClient, name: string, specs: readonly FaultSpec[]) {
    this.#control = control;
    this.#path = `/proxies/${encodeURIComponent(name)}`;
    this.#specs = specs;
  }

  async apply({ id }: PlannedFault): Promise<void> {
    const spec = this.#specs.find((one) => one.id === id);
    if (!spec) return;
    if (spec.type === 'down') return this.#enable(false);
    const { type, probability: toxicity = 1, stream = 'downstream', burst, match = {} } = spec;
    const attributes = { ...spec.attributes, ...match, ...(burst !== undefined && { first: burst }) };
    const json = { name: id, type, stream, toxicity, attributes };
    await this.#control.demand('POST', `${this.#path}/toxics`, [200], { json });
  }

  async remove({ id }: Pick<PlannedFault, 'id'>): Promise<void> {
    const spec = this.#specs.find((one) => one.id === id);
    if (!spec) return;
    if (spec.type === 'down') return this.#enable(true);
    // 404: somebody else has removed it.
    await this.#control.demand('DELETE', `${this.#path}/toxics/${encodeURIComponent(id)}`, [204, 404]);
  }

  async removeAll(): Promise<void> {
    for (const { id } of this.#specs) await this.remove({ id });
  }

  async #enable(enabled: boolean): Promise<void> {
    await this.#control.demand('POST', this.#path, [200], { json: { enabled } });
  }
}
