import type { CampaignSpec, FaultSpec, PlannedFault } from '#libs/campaign';
import type { AllowAddress } from '#libs/client';
import { invariant, type Clock } from '#libs/kernel';
import type { OuterFaults } from '#libs/run';
import { allDone } from './all-done.ts';
import type { ClosableFaults } from './closable-faults.ts';
import { controlClientTo, type ControlClient } from './control-client.ts';
import { ProxyFaults } from './proxy-faults.ts';
import { SupervisedFaults } from './supervised-faults.ts';
import { TargetFaults } from './target-faults.ts';

export interface OuterFaultsOptions {
  /** Of the target's supervisor, http; needed where there are faults of the target. */
  readonly controlUrl: URL | undefined;
  /** What the supervisor asks of those who may break its target. Default: nothing. */
  readonly token?: string | undefined;
  /** The fault proxy before the target, http; needed where there are faults of the proxy. */
  readonly proxy?: { readonly controlUrl: URL; readonly name: string } | undefined;
  /** Asked of every address at every dial. Default: all are allowed. */
  readonly allowAddress?: AllowAddress | undefined;
  readonly clock: Clock;
}

/** Whoever carries out those faults of a campaign that are not the client's. Nobody is asked where there are none. */
export function outerFaultsOf(
  { faults }: Pick<CampaignSpec, 'faults'>,
  options: OuterFaultsOptions,
): ClosableFaults {
  const { controlUrl, token, proxy, allowAddress, clock } = options;
  const closing = new AbortController();
  const clients: ControlClient[] = [];
  const placed = new Map<string, OuterFaults>();
  const place = (specs: readonly FaultSpec[], carrier: OuterFaults): void => {
    for (const { id } of specs) placed.set(id, carrier);
  };
  const clientTo = (url: URL, itsToken?: string): ControlClient => {
    const client = controlClientTo(url, { token: itsToken, allowAddress, clock });
    clients.push(client);
    return client;
  };
  const ofTarget = faults.filter(({ where }) => where === 'target');
  const ofProxy = faults.filter(({ where }) => where === 'proxy');
  if (ofTarget.length > 0) {
    invariant(controlUrl !== undefined, 'faults of the target were planned for one with a controlUrl');
    const control = clientTo(controlUrl, token);
    const others = ofTarget.filter((spec) => !isOutage(spec));
    place(others, new TargetFaults(control, others));
    place(ofTarget.filter(isOutage), new SupervisedFaults(control, clock, closing.signal));
  }
  if (ofProxy.length > 0) {
    invariant(proxy !== undefined, 'faults of the proxy were planned for a target with one');
    place(ofProxy, new ProxyFaults(clientTo(proxy.controlUrl), proxy.name, ofProxy));
  }
  return new PlacedFaults(placed, async () => {
    closing.abort();
    await Promise.all(clients.map(async (client) => client.close()));
  });
}

/** A crash that is one event: the supervisor's. */
function isOutage({ type, every }: FaultSpec): boolean {
  return type === 'crash' && every === undefined;
}

/** Each fault with whoever carries it out, by its id. */
class PlacedFaults implements ClosableFaults {
  readonly #placed: ReadonlyMap<string, OuterFaults>;
  readonly close: () => Promise<void>;

  constructor(placed: ReadonlyMap<string, OuterFaults>, close: () => Promise<void>) {
    this.#placed = placed;
    this.close = close;
  }

  async apply(fault: PlannedFault): Promise<void> {
    await this.#placed.get(fault.id)?.apply(fault);
  }

  async remove(fault: PlannedFault): Promise<void> {
    await this.#placed.get(fault.id)?.remove(fault);
  }

  async removeAll(): Promise<void> {
    const carriers = [...new Set(this.#placed.values())];
    await allDone(carriers.map(async (carrier) => carrier.removeAll()));
  }
}
