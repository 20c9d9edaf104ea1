import type { CheckResult, FaultEffect, MetricUnit, PlannedFault } from '#libs/campaign';
import type { GuardrailOutcome, RunOutcome } from '#libs/run';
import type { PoolCounts } from '#libs/run/client';
import type { PhaseCounts } from '#libs/stats';

/** The line of each second: the same keys in the same order as those of `pooler run`. */
export function progressLine(counts: Readonly<PhaseCounts>, pool: PoolCounts): string {
  return (
    `[stats] ok=${counts.ok} fail=${counts.failed} retry=${counts.retries}` +
    ` open_circuit=${counts.circuitOpens} pool_active=${pool.active} pool_idle=${pool.idle}`
  );
}

/** `check=fail actual=512.3ms bound=500ms samples=812 latency.p99 < 500ms`, and the reason where it is inconclusive. */
export function checkLine({ check, state, actual, bound, unit, samples, reason }: CheckResult): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return `check=${state} actual=${valueOf(actual, unit)} bound=${valueOf(bound, unit)} samples=${samples} ${check}${why}`;
}

/** `fault=crash where=target from=10000ms to=10500ms detected=10012ms recovered=11200ms`, or `none` where that was not seen. */
export function faultLine(
  { id, where, startMs, endMs }: PlannedFault,
  effect: FaultEffect | undefined,
): string {
  const { detectedMs, recoveredMs } = effect ?? {};
  const seen = (atMs: number | null | undefined): string => valueOf(atMs ?? undefined, 'ms');
  return (
    `fault=${id} where=${where} from=${startMs}ms to=${endMs}ms` +
    ` detected=${seen(detectedMs)} recovered=${seen(recoveredMs)}`
  );
}

/** `guardrail=tripped actual=62% failed.rate > 50% for 5s` */
export function guardrailLine({ guardrail, trippedBy, unit }: GuardrailOutcome): string {
  return `guardrail=tripped actual=${valueOf(trippedBy, unit)} ${guardrail}`;
}

/** The last line. Its keys and their order never change. */
export function verdictLine({ verdict, tally }: RunOutcome): string {
  const { requests, ok, retries, circuitOpens } = tally.total().counts;
  return `verdict=${verdict} requests=${requests} ok=${ok} retries=${retries} open_circuit=${circuitOpens}`;
}

/** As a check writes it. */
function valueOf(value: number | undefined, unit: MetricUnit): string {
  if (value === undefined) return 'none';
  return unit === 'ms' ? `${Number(value.toFixed(3))}ms` : `${Number((value * 100).toFixed(4))}%`;
}
