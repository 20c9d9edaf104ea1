import type { OpenScenario, ScenarioSpec } from './campaign-spec.ts';

/** The stages of a campaign that nothing bounds but requests end here at the latest. */
const MAX_UNTIMED_MS = 600_000;

/** When the stages end at the latest, from t = 0: with the last scenario that says how long it is. */
export function stagesMsOf(scenarios: readonly ScenarioSpec[]): number {
  const lengthsMs = scenarios.map(ownLengthMs).filter((lengthMs) => lengthMs !== undefined);
  return lengthsMs.length === 0 ? MAX_UNTIMED_MS : Math.max(...lengthsMs);
}

/** How long a scenario says that it is; `undefined` for one that is bounded by its requests alone. */
export function ownLengthMs(scenario: ScenarioSpec): number | undefined {
  if (scenario.model === 'closed') return scenario.durationMs;
  return scenario.stages.reduce((sumMs, stage) => sumMs + stage.durationMs, 0);
}

/**
 * How many requests of the stages are known before: the area under the rates, or the number that alone bounds a closed
 * scenario.
 */
export function plannedRequestsOf(scenario: ScenarioSpec): number {
  if (scenario.model === 'closed') return scenario.durationMs === undefined ? (scenario.requests ?? 0) : 0;
  return linesOf(scenario).reduce(
    (sum, { fromMs, toMs, fromRate, toRate }) => sum + ((fromRate + toRate) / 2) * ((toMs - fromMs) / 1_000),
    0,
  );
}

/** Workers of all closed scenarios together. */
export function concurrencyOf(scenarios: readonly ScenarioSpec[]): number {
  return scenarios.reduce(
    (sum, scenario) => sum + (scenario.model === 'closed' ? scenario.concurrency : 0),
    0,
  );
}

/**
 * The highest rate that the open scenarios offer together at one time, per second. Their sum is a straight line between
 * the ends of stages, so its highest point is at one of them, just before or just after it.
 */
export function peakRateOf(scenarios: readonly ScenarioSpec[]): number {
  const lines = scenarios.flatMap((scenario) => (scenario.model === 'open' ? linesOf(scenario) : []));
  const sums = lines.flatMap(({ fromMs, toMs }) => [
    sumOfRates(
      lines.filter((line) => line.fromMs <= fromMs && fromMs < line.toMs),
      fromMs,
    ),
    sumOfRates(
      lines.filter((line) => line.fromMs < toMs && toMs <= line.toMs),
      toMs,
    ),
  ]);
  return Math.max(0, ...sums);
}

/** A stage of an open scenario: the rate goes in a straight line. */
interface Line {
  readonly fromMs: number;
  readonly toMs: number;
  readonly fromRate: number;
  readonly toRate: number;
}

function linesOf({ startRatePerSecond, stages }: OpenScenario): Line[] {
  let fromMs = 0;
  let fromRate = startRatePerSecond ?? stages[0]?.ratePerSecond ?? 0;
  return stages.map(({ durationMs, ratePerSecond }) => {
    const line = { fromMs, toMs: fromMs + durationMs, fromRate, toRate: ratePerSecond };
    fromMs = line.toMs;
    fromRate = ratePerSecond;
    return line;
  });
}

function sumOfRates(lines: readonly Line[], atMs: number): number {
  return lines.reduce((sum, { fromMs, toMs, fromRate, toRate }) => {
    return sum + fromRate + ((toRate - fromRate) * (atMs - fromMs)) / (toMs - fromMs);
  }, 0);
}
