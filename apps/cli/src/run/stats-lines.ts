import type { ClientStats } from '#libs/client';

/** The line of each interval, cumulative. Its keys and their order never change. */
export function statsLine({ ok, failed, retries, circuitOpens, pool }: ClientStats): string {
  return (
    `[stats] ok=${ok} fail=${failed} retry=${retries} open_circuit=${circuitOpens}` +
    ` pool_active=${pool.active} pool_idle=${pool.idle}`
  );
}

/** The last line of a run. Its keys and their order never change. */
export function summaryLine(stats: ClientStats, meanLatencyMs: number): string {
  const { requests, ok, retries, circuitOpens } = stats;
  return (
    `requests=${requests} ok=${ok} retries=${retries} open_circuit=${circuitOpens}` +
    ` avg_ms=${meanLatencyMs.toFixed(1)}`
  );
}
