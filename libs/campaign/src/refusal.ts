import type { BlastRadius, CampaignSpec, DrillSpec } from './campaign-spec.ts';
import { concurrencyOf, peakRateOf, stagesMsOf } from './timeline.ts';

/** What a target allows. */
export interface TargetLimits {
  readonly maxRatePerSecond: number;
  readonly maxConcurrency: number;
  /** Whether faults may be injected. */
  readonly faults: boolean;
  /** Whether its pods may be evicted or deleted. */
  readonly drills: boolean;
  /** Whether its supervisor can be reached. */
  readonly hasControlUrl: boolean;
  /** Whether a fault proxy stands before it. */
  readonly hasProxy: boolean;
}

/** Why a campaign may not run against a target. */
export interface Refusal {
  readonly code: RefusalCode;
  /** The field of the campaign, for example `faults.0.where`. */
  readonly path: string;
  /** One sentence, with the numbers. */
  readonly message: string;
  /** What the campaign asks for and what it may have, where these are numbers. */
  readonly asked?: number | undefined;
  readonly allowed?: number | undefined;
  /** What the target does not have, where the code is `no_control_url`. */
  readonly lacks?: 'controlUrl' | 'proxy' | undefined;
}

export type RefusalCode =
  | 'blast_radius_exceeded'
  | 'faults_not_allowed'
  | 'drills_not_allowed'
  /** A fault of the target or the proxy, and no address of its supervisor or of the proxy. */
  | 'no_control_url';

/** What a run may do at most: of the target's and the campaign's limits the smaller one. */
export interface RunLimits {
  readonly ratePerSecond: number;
  /** Requests in flight. */
  readonly concurrency: number;
  /** From the start of the baseline to the end of the recovery; `undefined` for no limit. */
  readonly durationMs: number | undefined;
  /** `undefined` for no limit. */
  readonly pods: number | undefined;
}

export function limitsOf(target: TargetLimits, radius: BlastRadius = {}): RunLimits {
  return {
    ratePerSecond: Math.min(target.maxRatePerSecond, radius.maxRatePerSecond ?? Infinity),
    concurrency: Math.min(target.maxConcurrency, radius.maxConcurrency ?? Infinity),
    durationMs: radius.maxDurationMs,
    pods: radius.maxPods,
  };
}

/** All that speaks against running `spec` on a target. */
export function refusalsOf(spec: CampaignSpec, target: TargetLimits): Refusal[] {
  return [...excesses(spec, target), ...forbidden(spec, target)];
}

/** How long a run takes from the start of its baseline to the end of its recovery, in ms. */
function durationMsOf({ phases, scenarios }: CampaignSpec): number {
  return phases.baselineMs + stagesMsOf(scenarios) + phases.recoveryMs;
}

function excesses(spec: CampaignSpec, target: TargetLimits): Refusal[] {
  const limits = limitsOf(target, spec.blastRadius);
  const { scenarios, drill } = spec;
  // All open scenarios share what the closed ones leave; one request in flight is the least.
  const concurrency = concurrencyOf(scenarios) + (scenarios.some(({ model }) => model === 'open') ? 1 : 0);
  return [
    ...excess('scenarios', 'arrivals per second', peakRateOf(scenarios), limits.ratePerSecond),
    ...excess('scenarios', 'requests in flight', concurrency, limits.concurrency),
    ...excess('scenarios', 'ms from baseline to recovery', durationMsOf(spec), limits.durationMs),
    ...(drill ? excess('drill', 'pods', leastPodsOf(drill), limits.pods) : []),
  ];
}

function excess(path: string, what: string, asked: number, allowed = Infinity): Refusal[] {
  if (asked <= allowed) return [];
  const message = `${path} ask for ${asked} ${what}, at most ${allowed} are allowed`;
  return [{ code: 'blast_radius_exceeded', path, message, asked, allowed }];
}

/** How many pods a drill means at least. The modes that go by what is there are held to the limit at the drill itself. */
function leastPodsOf({ mode, value = 1 }: DrillSpec): number {
  return mode === 'fixed' ? value : 1;
}

function forbidden({ faults, drill }: CampaignSpec, target: TargetLimits): Refusal[] {
  const refusals: Refusal[] = [];
  if (faults.length > 0 && !target.faults) {
    const message = 'faults must be empty: the target does not allow any';
    refusals.push({ code: 'faults_not_allowed', path: 'faults', message });
  }
  if (drill && !target.drills) {
    const message = 'drill must be left out: the target does not allow any';
    refusals.push({ code: 'drills_not_allowed', path: 'drill', message });
  }
  for (const [index, { where }] of faults.entries()) {
    const lacks =
      (where === 'target' && !target.hasControlUrl && 'controlUrl') ||
      (where === 'proxy' && !target.hasProxy && 'proxy');
    if (!lacks) continue;
    const path = `faults.${index}.where`;
    const message = `${path} must not be ${where}: the target has no ${lacks}`;
    refusals.push({ code: 'no_control_url', path, message, lacks });
  }
  return refusals;
}
