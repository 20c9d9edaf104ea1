import { planRun, type CampaignSpec } from '#libs/campaign';
import { seededRng, systemClock, systemRng } from '#libs/kernel';
import { LocalRun, type OuterFaults, type RunNews } from '#libs/run';
import { ClientLoad, canaryOf } from '#libs/run/client';
import { PhaseTally } from '#libs/stats';
import { EXIT } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { Ticker } from '../run/ticker.ts';
import { campaignExitCode } from './campaign-exit.ts';
import { checkLine, guardrailLine, progressLine, verdictLine } from './campaign-lines.ts';
import { sentenceOf } from './read-campaign.ts';
import type { ReportFile } from './report-file.ts';
import { writeReport } from './write-report.ts';

export interface CampaignOrder {
  readonly spec: CampaignSpec;
  readonly baseUrl: URL;
  readonly seed: number | undefined;
  readonly isDryRun: boolean;
  readonly report: ReportFile | undefined;
  readonly isQuiet: boolean;
}

/** Here nothing but the client's own faults can be carried out, and the one who starts it answers for the target. */
const LOCAL_TARGET = {
  maxRatePerSecond: 100_000,
  maxConcurrency: 10_000,
  faults: true,
  drills: false,
  hasControlUrl: false,
};

/** The plan has refused what would need them. */
const NO_OUTER_FAULTS: OuterFaults = {
  apply: async () => Promise.resolve(),
  remove: async () => Promise.resolve(),
  removeAll: async () => Promise.resolve(),
};

const STATS_INTERVAL_MS = 1_000;

/**
 * Runs a campaign in this process and prints what came of it; the verdict is the last line. The first signal ends the
 * load, which then waits for what is in flight; the second cuts that too. Returns the exit code.
 */
export async function executeCampaign(order: CampaignOrder, io: Io): Promise<number> {
  const { spec, baseUrl, isDryRun } = order;
  const seed = order.seed ?? spec.seed ?? Math.floor(systemRng.next() * 2 ** 32);
  const planned = planRun(spec, LOCAL_TARGET, { seed, segments: 1 });
  if (planned.kind === 'refused') {
    for (const { path, message } of planned.refusals) io.err(sentenceOf(path, message));
    return EXIT.badArguments;
  }
  if (spec.faults.length > 0) {
    io.err('faults must be empty: the client does not take the faults of a campaign yet');
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
  const canary = canaryOf(spec, baseUrl);
  let { counts } = new PhaseTally();
  const onNews = (news: RunNews): void => {
    if (news.kind === 'counts') counts = { ...news.counts };
  };
  const run = new LocalRun(
    { spec, plan, isDryRun },
    { clock: systemClock, wallNowMs: Date.now, load, faults: NO_OUTER_FAULTS, canary, onNews },
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

  if (outcome.state.kind === 'errored') io.err(outcome.state.message);
  if (order.report !== undefined) writeReport(order.report, plan, outcome);
  io.out(`seed=${seed} digest=${plan.digest} replay=${plan.replay}`);
  for (const check of outcome.checks) io.out(checkLine(check));
  for (const rail of outcome.guardrails) if (rail.trippedBy !== undefined) io.out(guardrailLine(rail));
  io.out(verdictLine(outcome));
  return campaignExitCode(outcome);
}
