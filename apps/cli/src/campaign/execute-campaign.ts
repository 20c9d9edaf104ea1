import { planRun, type CampaignSpec, type Refusal } from '#libs/campaign';
import { seededRng, systemClock, systemRng } from '#libs/kernel';
import { LocalRun, type RunNews } from '#libs/run';
import { ClientLoad, canaryOf, outerFaultsOf } from '#libs/run/client';
import { PhaseTally } from '#libs/stats';
import { EXIT } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { Ticker } from '../run/ticker.ts';
import { campaignExitCode } from './campaign-exit.ts';
import { checkLine, faultLine, guardrailLine, progressLine, verdictLine } from './campaign-lines.ts';
import { sentenceOf } from './read-campaign.ts';
import type { ReportFile } from './report-file.ts';
import { writeReport } from './write-report.ts';

export interface CampaignOrder {
  readonly spec: CampaignSpec;
  readonly baseUrl: URL;
  /** Of the target's supervisor. */
  readonly controlUrl: URL | undefined;
  /** The fault proxy before the target. */
  readonly proxy: { readonly controlUrl: URL; readonly name: string } | undefined;
  readonly seed: number | undefined;
  readonly isDryRun: boolean;
  readonly report: ReportFile | undefined;
  readonly isQuiet: boolean;
}

/** The one who starts it answers for the target. */
const LOCAL_TARGET = {
  maxRatePerSecond: 100_000,
  maxConcurrency: 10_000,
  faults: true,
  drills: false,
};

/** Here flags tell what a service keeps with its targets. */
const FLAG_LACKING = {
  controlUrl: 'must not be target: --control-url is not given',
  proxy: 'must not be proxy: --proxy-url is not given',
};

const STATS_INTERVAL_MS = 1_000;

/**
 * Runs a campaign in this process and prints what came of it; the verdict is the last line. The first signal ends the
 * load, which then waits for what is in flight; the second cuts that too. Returns the exit code.
 */
export async function executeCampaign(order: CampaignOrder, io: Io): Promise<number> {
  const { spec, baseUrl, controlUrl, proxy, isDryRun } = order;
  const seed = order.seed ?? spec.seed ?? Math.floor(systemRng.next() * 2 ** 32);
  const target = { ...LOCAL_TARGET, hasControlUrl: controlUrl !== undefined, hasProxy: proxy !== undefined };
  const planned = planRun(spec, target, { seed, segments: 1 });
  if (planned.kind === 'refused') {
    for (const refusal of planned.refusals) io.err(refusalLine(refusal));
    return EXIT.badArguments;
  }
  const { plan } = planned;
  const load = new ClientLoad({
    runId: 'local',
    spec,
    seed,
    baseUrl,
    clock: systemClock,
    rng: seededRng(seed),
  });
  const faults = outerFaultsOf(spec, { controlUrl, proxy, clock: systemClock });
  const canary = canaryOf(spec, baseUrl);
  let { counts } = new PhaseTally();
  const onNews = (news: RunNews): void => {
    if (news.kind === 'counts') counts = { ...news.counts };
  };
  const run = new LocalRun(
    { spec, plan, isDryRun },
    { clock: systemClock, wallNowMs: Date.now, load, faults, canary, onNews },
  );
  const ticker = order.isQuiet
    ? undefined
    : new Ticker(systemClock, STATS_INTERVAL_MS, () => io.out(progressLine(counts, load.pool())));
  let signals = 0;
  const ignoreSignals = io.onSignal(() => {
    signals += 1;
    run.abort({ by: 'signal', reason: 'SIGINT or SIGTERM' }, signals > 1 ? 'now' : 'graceful');
  });

  const outcome = await run.run();
  ticker?.stop();
  ignoreSignals();
  await canary.close();
  await faults.close();

  if (outcome.state.kind === 'errored') io.err(outcome.state.message);
  if (order.report !== undefined) writeReport(order.report, plan, outcome);
  io.out(`seed=${seed} digest=${plan.digest} replay=${plan.replay}`);
  for (const fault of plan.faults) io.out(faultLine(fault, outcome.faultEffects.get(fault.id)));
  for (const check of outcome.checks) io.out(checkLine(check));
  for (const rail of outcome.guardrails) if (rail.trippedBy !== undefined) io.out(guardrailLine(rail));
  io.out(verdictLine(outcome));
  return campaignExitCode(outcome);
}

function refusalLine({ path, message, lacks }: Refusal): string {
  return lacks === undefined ? sentenceOf(path, message) : `${path} ${FLAG_LACKING[lacks]}`;
}
