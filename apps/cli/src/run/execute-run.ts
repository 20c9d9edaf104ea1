import { Client } from '#libs/client';
import { FaultPlan, digestOf } from '#libs/faults';
import { seededRng, systemClock } from '#libs/kernel';
import { ClosedLoad, sendThrough } from '#libs/load/runner';
import { channels } from '#libs/records';
import { exitCodeOf } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { ownErrorReport } from '../own-error.ts';
import { ErrorCounts } from './error-counts.ts';
import { LiveOutput } from './live-output.ts';
import { preflight } from './preflight.ts';
import type { RunPlan } from './run-plan.ts';
import { summaryLine } from './stats-lines.ts';

/**
 * Sends the load and prints what came of it; the summary is the last line. The first signal ends the load, which then
 * waits for what is in flight; the second cuts that too. Returns the exit code.
 *
 * Throws `PLR_INVALID_ARGUMENT` before anything is started.
 */
export async function executeRun(plan: RunPlan, io: Io): Promise<number> {
  const validation = preflight(plan);
  const client = new Client(plan.client, { rng: seededRng(plan.seed) });
  const send = sendThrough(client, { ...plan.request, url: plan.url.href }, 'closed');
  const load = new ClosedLoad(plan.load, send, systemClock);

  const { verbose, quiet, statsInterval } = plan.output;
  const errors = new ErrorCounts();
  // A record costs more than the request's own bookkeeping: nobody listens unless asked to.
  const ignoreRecords = verbose ? channels.request.subscribe((record) => errors.add(record)) : undefined;
  const live = quiet ? undefined : new LiveOutput(client, load, statsInterval, io, systemClock);
  let signals = 0;
  const ignoreSignals = io.onSignal(() => {
    signals += 1;
    load.stop();
    if (signals > 1) void client.destroy(new Error('a second signal'));
  });

  const ownError = await load.run().then(() => undefined, ownErrorReport);
  // Nothing is in flight: this says goodbye to idle connections, and gives up dials that nobody waits for.
  await client.destroy();
  live?.stop();
  ignoreSignals();
  ignoreRecords?.();

  const stats = client.stats();
  if (ownError !== undefined) io.err(ownError);
  if (verbose) {
    const { faults } = plan.client;
    const { url, request } = plan;
    const faulted = {
      method: request.method,
      path: `${url.pathname}${url.search}`,
      origin: url.origin,
      startMs: 0,
    };
    const digest = faults && digestOf(new FaultPlan(faults.rules, faults.seed), load.started, faulted);
    const limit = stats.origins.get(url.origin)?.adaptiveLimit;
    const lines = [errors.line, `validation=${validation}`, `seed=${plan.seed}`];
    if (limit !== undefined) lines.push(`adaptive_limit=${limit}`);
    if (digest !== undefined) lines.push(`digest=${digest}`);
    for (const line of lines) io.out(line);
  }
  io.out(summaryLine(stats, load.meanLatencyMs));
  return exitCodeOf({ wasInterrupted: signals > 0, hadOwnError: ownError !== undefined, ok: stats.ok });
}
