import type { FaultSpec, PlannedFault } from '#libs/campaign';
import type { OuterFaults } from '#libs/run';
import { allDone } from './all-done.ts';
import { numberIn, type ControlClient } from './control-client.ts';
import { timeToLiveMs } from './time-to-live.ts';

/**
 * Toxics of the proxy before the target, through Toxiproxy's control API: one for each fault, by the fault's id. Each has a
 * time to live, which is our proxy's own: one that does not confirm it is left alone, since what it does might never end.
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

  async apply(fault: PlannedFault): Promise<void> {
    const { id } = fault;
    const spec = this.#specs.find((one) => one.id === id);
    if (!spec) return;
    const ttl = timeToLiveMs(fault);
    if (spec.type === 'down') return this.#begin(spec, this.#path, ttl, { enabled: false });
    const { type, probability: toxicity = 1, stream = 'downstream', burst, match = {} } = spec;
    const attributes = { ...spec.attributes, ...match, ...(burst !== undefined && { first: burst }) };
    const toxic = { name: id, type, stream, toxicity, attributes };
    return this.#begin(spec, `${this.#path}/toxics`, ttl, toxic);
  }

  async remove({ id }: Pick<PlannedFault, 'id'>): Promise<void> {
    const spec = this.#specs.find((one) => one.id === id);
    if (spec) await this.#end(spec);
  }

  async removeAll(): Promise<void> {
    await allDone(this.#specs.map(async (spec) => this.#end(spec)));
  }

  async #begin(spec: FaultSpec, path: string, ttl: number, change: object): Promise<void> {
    const { text } = await this.#control.demand('POST', path, [200], { json: { ...change, ttl } });
    if (numberIn(text, 'ttl') === ttl) return;
    await this.#end(spec);
    throw new Error(`${this.#control.urlOf(path)} knows no ttl: the proxy must be one of pooler proxy`);
  }

  async #end({ id, type }: FaultSpec): Promise<void> {
    if (type === 'down') {
      await this.#control.demand('POST', this.#path, [200], { json: { enabled: true } });
      return;
    }
    // 404: its time was over, or somebody else has removed it.
    await this.#control.demand('DELETE', `${this.#path}/toxics/${encodeURIComponent(id)}`, [204, 404]);
  }
}
