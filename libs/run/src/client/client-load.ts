import { Client, type AllowAddress, type ClientOptions } from '#libs/client';
import type { CampaignSpec, PolicySpec, RequestSpec, ScenarioSpec } from '#libs/campaign';
import type { Clock, Rng } from '#libs/kernel';
import type { Propagator } from '#libs/records';
import { StageFaults, type Load, type LoadCounts, type ScenarioLoad, type ScenarioShare } from '#libs/run';
import { ClientScenario } from './client-scenario.ts';
import { loadRequestOf } from './load-request.ts';

/** The attempt's own timeout bounds both. */
const DAY_MS = 86_400_000;

/** What the loads of a run have in common. */
export interface ClientLoadOptions {
  /** Tells the clients of this run apart from all others of the process: its records are counted by that. */
  readonly runId: string;
  /** Header values are texts: whoever runs it has looked up the secrets. */
  readonly spec: CampaignSpec;
  readonly seed: number;
  /** http or https. A path in it comes before that of each request. */
  readonly baseUrl: URL;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Asked of every address at every dial. Default: all are allowed. */
  readonly allowAddress?: AllowAddress | undefined;
  /** Gives each attempt its `traceparent`. Default: none is sent. */
  readonly propagator?: Propagator | undefined;
}

/** Connections in use and idle, of all clients. */
export interface PoolCounts {
  readonly active: number;
  readonly idle: number;
}

/** Sends scenarios through clients, one for each: they share neither connections nor breakers, as strangers do not. */
export class ClientLoad implements Load {
  readonly #options: ClientLoadOptions;
  readonly #clients: Client[] = [];

  constructor(options: ClientLoadOptions) {
    this.#options = options;
  }

  begin(share: ScenarioShare, counts: LoadCounts): ScenarioLoad {
    const { runId, spec, baseUrl, clock, rng, allowAddress, propagator } = this.#options;
    const { scenario } = share.scenario;
    const name = `${runId}/${scenario.name}/${share.segment.index}`;
    const faults = this.#faultsOf(share);
    const options = { ...clientOptionsOf(spec.policies), name, faults, propagator };
    const client = new Client(options, { clock, rng, allowAddress });
    this.#clients.push(client);
    const request = loadRequestOf(this.#requestOf(scenario), baseUrl);
    return new ClientScenario(share, counts, { name, client, request, faults }, clock);
  }

  pool(): PoolCounts {
    let active = 0;
    let idle = 0;
    for (const client of this.#clients) {
      const { pool } = client.stats();
      active += pool.active;
      idle += pool.idle;
    }
    return { active, idle };
  }

  /** As our own document has it: that of the share is the stored one, with the names of secrets. */
  #requestOf({ name, request }: ScenarioSpec): RequestSpec {
    return this.#options.spec.scenarios.find((scenario) => scenario.name === name)?.request ?? request;
  }

  /** A client that knows of no faults does not keep account of what they reach. */
  #faultsOf({ scenario, t0AtMs }: ScenarioShare): StageFaults | undefined {
    const { spec, seed, clock } = this.#options;
    const hasFaults = spec.faults.some(({ where }) => where === 'client');
    return hasFaults ? new StageFaults(spec, seed, scenario, t0AtMs, clock) : undefined;
  }
}

function clientOptionsOf({ pool, retry, breaker, timeoutMs, deadlineMs }: PolicySpec): ClientOptions {
  return {
    pool: { ...pool, headersTimeoutMs: DAY_MS, bodyTimeoutMs: DAY_MS },
    retry,
    breaker,
    attemptTimeoutMs: timeoutMs,
    deadlineMs,
  };
}
