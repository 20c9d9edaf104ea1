import { Client, Pool, type ClientOptions } from '#libs/client';
import type { CampaignSpec, PolicySpec, RequestSpec } from '#libs/campaign';
import { invariant, type Clock, type Rng } from '#libs/kernel';
import { ClosedLoad, LoadMeter, OpenLoad, sendThrough, type LoadRequest, type Send } from '#libs/load/runner';
import type { ClosedOptions, ClosedSchedule } from '#libs/load';
import { channels, type RequestRecord } from '#libs/records';
import {
  StageFaults,
  firstSeqAt,
  type Canary,
  type Load,
  type LoadCounts,
  type ScenarioLoad,
  type ScenarioShare,
} from '#libs/run';

/** The attempt's own timeout bounds both. */
const DAY_MS = 86_400_000;

/** What the loads of a campaign have in common. */
export interface ClientLoadOptions {
  readonly spec: CampaignSpec;
  readonly seed: number;
  /** http, without a path. */
  readonly baseUrl: URL;
  readonly clock: Clock;
  readonly rng: Rng;
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
    const { spec, seed, baseUrl, clock, rng } = this.#options;
    const { scenario } = share.scenario;
    const name = `${spec.name}/${scenario.name}/${share.segment.index}`;
    const faults = new StageFaults(spec.faults, seed, share.scenario, share.t0AtMs, clock);
    const client = new Client({ name, ...clientOptionsOf(spec.policies) }, { clock, rng });
    this.#clients.push(client);
    const request = loadRequestOf(scenario.request, baseUrl);
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
}

interface Sender {
  readonly name: string;
  readonly client: Client;
  readonly request: LoadRequest;
  readonly faults: StageFaults;
}

/** One scenario being sent, counted by what its client publishes. */
class ClientScenario implements ScenarioLoad {
  readonly #sender: Sender;
  readonly #load: OpenLoad | ClosedLoad | undefined;
  readonly #endMeter: () => void;
  #inFlight = 0;

  constructor(share: ScenarioShare, counts: LoadCounts, sender: Sender, clock: Clock) {
    const { scenario, segment, t0AtMs, fromMs, maxInFlight, drainMs } = share;
    this.#sender = sender;
    const { timeline } = scenario.schedule;
    const schedule = scenario.model === 'open' ? scenario.schedule : undefined;
    const meter = new LoadMeter({ ...counts, client: sender.name, timeline, schedule, t0AtMs });
    const unsubscribe = channels.request.subscribe((record) => {
      if (record.client === sender.name) countFaults(counts.faultHits, record);
    });
    this.#endMeter = () => {
      meter.stop();
      unsubscribe();
    };
    const send = this.#guarded(share.maySend, sendThrough(sender.client, sender.request, scenario.model));
    if (scenario.model === 'open') {
      const fromSeq = firstSeqAt(scenario.schedule, fromMs);
      const options = {
        schedule: scenario.schedule,
        t0AtMs,
        maxConcurrency: maxInFlight,
        segment,
        fromSeq,
        drainMs,
      };
      this.#load = new OpenLoad(options, send, meter, clock);
    } else {
      const options = remainderOf(scenario.schedule, clock.nowMs() - t0AtMs);
      this.#load = options && new ClosedLoad({ ...options, segment }, send, clock);
    }
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  async run(): Promise<void> {
    try {
      await this.#load?.run();
    } finally {
      this.#endMeter();
    }
  }

  stop(): void {
    this.#load?.stop();
  }

  cut(): void {
    this.stop();
    void this.#sender.client.destroy(new Error('the run was cut'));
  }

  #guarded(maySend: () => boolean, send: Send): Send {
    return async (seq, intendedAtMs) => {
      if (!maySend()) return this.stop();
      this.#inFlight += 1;
      try {
        await send(seq, intendedAtMs);
      } finally {
        this.#inFlight -= 1;
        this.#sender.faults.forget(seq);
      }
      return undefined;
    };
  }
}

/** One request after another through a pool alone: no retry makes it better, no breaker worse. */
export function canaryOf(spec: CampaignSpec, baseUrl: URL): Canary & { close(): Promise<void> } {
  const { scenarios, policies } = spec;
  const scenario = scenarios.find(({ request }) => isHarmless(request.method)) ?? scenarios[0];
  invariant(scenario !== undefined, 'a campaign has a scenario');
  const { method, headers, body, url } = loadRequestOf(scenario.request, baseUrl);
  const { pathname, search } = new URL(url);
  const pool = new Pool(baseUrl.origin, { maxConnections: 1, connectTimeoutMs: policies.timeoutMs });
  const canary = async (): Promise<boolean> => {
    try {
      const signal = AbortSignal.timeout(policies.timeoutMs);
      const response = await pool.request({ path: `${pathname}${search}`, method, headers, body, signal });
      await response.body.dump(Infinity);
      return response.statusCode < 500;
    } catch {
      return false;
    }
  };
  return Object.assign(canary, { close: async () => pool.destroy() });
}

function isHarmless(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
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

function loadRequestOf(
  { method, path, headers = {}, body, idempotent }: RequestSpec,
  baseUrl: URL,
): LoadRequest {
  const fields = Object.entries(headers).map(([name, value]): readonly [string, string] => {
    invariant(typeof value === 'string', `the header ${name} has been resolved`);
    return [name, value];
  });
  const url = `${baseUrl.origin}${path}`;
  return { url, method, headers: fields.length > 0 ? fields : undefined, body, idempotent };
}

/** What is left of a closed load at `offsetMs` from t = 0; `undefined` when it is over. */
function remainderOf(
  { timeline, concurrency, requests }: ClosedSchedule,
  offsetMs: number,
): ClosedOptions | undefined {
  const { stagesEndMs, endMs } = timeline;
  if (offsetMs >= endMs) return undefined;
  if (offsetMs >= stagesEndMs) return { concurrency, durationMs: endMs - offsetMs };
  return {
    concurrency,
    requests,
    baselineMs: Math.max(0, -offsetMs),
    durationMs: stagesEndMs - Math.max(0, offsetMs),
    recoveryMs: endMs - stagesEndMs,
  };
}

function countFaults(hits: Map<string, number>, { attempts }: RequestRecord): void {
  for (const { fault } of attempts) {
    if (fault) hits.set(fault.faultId, (hits.get(fault.faultId) ?? 0) + 1);
  }
}
