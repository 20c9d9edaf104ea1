import type { Clock } from '#libs/kernel';
import { ApiError, REFUSALS } from './api-error.ts';
import { FaultProxy } from './fault-proxy.ts';
import type { ProxySpec } from './proxy-document.ts';

const MAX_PROXIES = 1_000;

/** A proxy of a `populate`, with whether it is to listen. */
export interface PopulateEntry extends ProxySpec {
  readonly enabled: boolean;
}

/** What a `populate` has brought about; `error` where it stopped half-way. */
export interface Populated {
  readonly proxies: readonly FaultProxy[];
  readonly error: ApiError | undefined;
}

/**
 * All proxies, by name. Changes are made one after the other, in the order in which they came: two requests to the control
 * API never see each other's half.
 */
export class ProxySet {
  readonly #proxies = new Map<string, FaultProxy>();
  readonly #context: { readonly clock: Clock; readonly seed: number };
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(context: { readonly clock: Clock; readonly seed: number }) {
    this.#context = context;
  }

  /** In the order of their names. */
  all(): readonly FaultProxy[] {
    return [...this.#proxies.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws ApiError 404 */
  get(name: string): FaultProxy {
    const proxy = this.#proxies.get(name);
    if (!proxy) throw REFUSALS.proxyNotFound();
    return proxy;
  }

  /** @throws ApiError 409 when there is one of this name, 500 when it cannot listen */
  create({ enabled, ...spec }: PopulateEntry): Promise<FaultProxy> {
    return this.change(async () => {
      if (this.#proxies.has(spec.name)) throw REFUSALS.proxyExists();
      return this.#put(spec, enabled);
    });
  }

  /** @throws ApiError 404 */
  remove(name: string): Promise<void> {
    return this.change(() => {
      this.get(name).stop();
      this.#proxies.delete(name);
    });
  }

  /** Creates those that are new or would listen or dial elsewhere, and leaves the others as they are. */
  populate(entries: readonly PopulateEntry[]): Promise<Populated> {
    return this.change(async () => {
      const proxies: FaultProxy[] = [];
      for (const { enabled, ...spec } of entries) {
        try {
          proxies.push(await this.#replace(spec, enabled));
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          return { proxies, error };
        }
      }
      return { proxies, error: undefined };
    });
  }

  /** Every proxy listens and has no toxics. @throws ApiError 500 when one cannot listen */
  reset(): Promise<void> {
    return this.change(async () => {
      for (const proxy of this.all()) await proxy.reset();
    });
  }

  /** Stops every proxy. */
  close(): Promise<void> {
    return this.change(() => {
      for (const proxy of this.all()) proxy.stop();
    });
  }

  /** Runs `work` when every change before it is over. */
  change<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#lastChange.then(work);
    this.#lastChange = result.catch(() => {});
    return result;
  }

  async #replace(spec: ProxySpec, enabled: boolean): Promise<FaultProxy> {
    const existing = this.#proxies.get(spec.name);
    if (existing && !(await existing.differsFrom(spec))) return existing;
    existing?.stop();
    return this.#put(spec, enabled);
  }

  async #put(spec: ProxySpec, enabled: boolean): Promise<FaultProxy> {
    if (!this.#proxies.has(spec.name) && this.#proxies.size >= MAX_PROXIES) {
      throw new ApiError(400, `there are at most ${MAX_PROXIES} proxies`);
    }
    const proxy = new FaultProxy(spec, {
      ...this.#context,
      change: (work) => this.change(work),
    });
    if (enabled) await proxy.start();
    this.#proxies.set(spec.name, proxy);
    return proxy;
  }
}
