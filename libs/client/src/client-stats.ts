import type { OriginStats } from './origin.ts';

/** The numbers of all origins together. */
export interface ClientStats {
  /** Logical requests that are over. */
  readonly requests: number;
  /** Those whose final status is 2xx or 3xx. */
  readonly ok: number;
  /** The others: any other final status, or an error. */
  readonly failed: number;
  /** Attempts beyond the first: by policy and re-sent. */
  readonly retries: number;
  /** Policy retries that the budget refused. */
  readonly retriesWithheld: number;
  /** Times that a breaker opened. */
  readonly circuitOpens: number;
  /** The connections of all origins that carry a request, are idle or are dialled now, and the requests that wait for one. */
  readonly pool: {
    readonly active: number;
    readonly idle: number;
    readonly pending: number;
    readonly dialing: number;
  };
  /** The same of each origin, by its name. */
  readonly origins: ReadonlyMap<string, OriginStats>;
}

export function totalOf(origins: ReadonlyMap<string, OriginStats>, retriesWithheld: number): ClientStats {
  const all = [...origins.values()];
  const sum = (pick: (stats: OriginStats) => number): number =>
    all.reduce((total, stats) => total + pick(stats), 0);
  return {
    requests: sum((stats) => stats.requests),
    ok: sum((stats) => stats.ok),
    failed: sum((stats) => stats.failed),
    retries: sum((stats) => stats.retries),
    retriesWithheld,
    circuitOpens: sum((stats) => stats.circuitOpens),
    pool: {
      active: sum((stats) => stats.pool.active),
      idle: sum((stats) => stats.pool.idle),
      pending: sum((stats) => stats.pool.pending),
      dialing: sum((stats) => stats.pool.dialing),
    },
    origins,
  };
}
