import type { CampaignSpec, RunPlan } from '#libs/campaign';
import { planRun } from '#libs/campaign';
import { invariant, type Clock } from '#libs/kernel';
import { firstSeqOf } from '#libs/load';
import type { RequestSample } from '#libs/stats';
import type { Load, LoadCounts, ScenarioLoad, ScenarioShare } from './scenario-load.ts';
import { firstSeqAt } from './segment-run.ts';

/** Ten requests a second for ten seconds, between two seconds of baseline and two of recovery. */
export function specOf(changes: Partial<CampaignSpec> = {}): CampaignSpec {
  return {
    name: 'a-campaign',
    target: 'local',
    policies: { timeoutMs: 1_000, deadlineMs: 2_000 },
    phases: { baselineMs: 2_000, recoveryMs: 2_000 },
    scenarios: [
      {
        name: 'health',
        model: 'open',
        stages: [{ durationMs: 10_000, ratePerSecond: 10 }],
        request: { method: 'GET', path: '/health' },
      },
    ],
    faults: [],
    checks: [],
    guardrails: [],
    ...changes,
  };
}

export function planOf(spec: CampaignSpec, segments = 1): RunPlan {
  const target = {
    maxRatePerSecond: 1_000,
    maxConcurrency: 100,
    faults: true,
    drills: true,
    hasControlUrl: true,
    hasProxy: true,
  };
  const result = planRun(spec, target, { seed: 1, segments });
  invariant(result.kind === 'planned', 'the campaign can be planned');
  return result.plan;
}

/** What became of one request. */
export interface ScriptedAnswer {
  readonly latencyMs: number;
  readonly isOk: boolean;
}

const WELL: ScriptedAnswer = { latencyMs: 20, isOk: true };

/** Open scenarios whose requests never see a network: `answerAt` says what becomes of each by its time. */
export class ScriptedLoad implements Load {
  /** What was due, by its time from t = 0. */
  readonly sentMs: number[] = [];
  readonly shares: ScenarioShare[] = [];
  answerAt: (offsetMs: number) => ScriptedAnswer = () => WELL;
  /** Arrivals are this late. */
  lagMs = 0;
  /** How late its timers fire, in ms. */
  timerLagMs = 0;
  bug: Error | undefined;
  /** Why it cannot begin at all. */
  refusal: Error | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(share: ScenarioShare, counts: LoadCounts): ScenarioLoad {
    if (this.refusal) throw this.refusal;
    this.shares.push(share);
    return new ScriptedScenario(this, share, counts, this.#clock);
  }
}

class ScriptedScenario implements ScenarioLoad {
  inFlight = 0;
  nextDueMs = Infinity;
  readonly #script: ScriptedLoad;
  readonly #share: ScenarioShare;
  readonly #counts: LoadCounts;
  readonly #clock: Clock;
  readonly #over = Promise.withResolvers<void>();
  readonly #cutters = new Set<() => void>();
  #isStopped = false;

  constructor(script: ScriptedLoad, share: ScenarioShare, counts: LoadCounts, clock: Clock) {
    this.#script = script;
    this.#share = share;
    this.#counts = counts;
    this.#clock = clock;
  }

  async run(): Promise<void> {
    const { scenario, segment, fromMs } = this.#share;
    invariant(scenario.model === 'open', 'the script knows open scenarios only');
    this.#next(firstSeqOf(segment, firstSeqAt(scenario.schedule, fromMs)));
    await this.#over.promise;
  }

  stop(): void {
    this.#isStopped = true;
    this.#endIfIdle();
  }

  cut(): void {
    this.stop();
    for (const end of this.#cutters) end();
  }

  #next(seq: number): void {
    const { scenario, segment, t0AtMs, maySend } = this.#share;
    this.nextDueMs = Infinity;
    if (scenario.model !== 'open' || seq >= scenario.schedule.endSeq) return this.stop();
    const offsetMs = scenario.schedule.offsetMs(seq);
    this.nextDueMs = offsetMs;
    this.#clock.setTimer(
      () => {
        if (this.#isStopped) return;
        if (maySend()) this.#send(offsetMs);
        this.#next(seq + segment.count);
      },
      Math.max(0, t0AtMs + offsetMs + this.#script.timerLagMs - this.#clock.nowMs()),
    );
    return undefined;
  }

  #send(offsetMs: number): void {
    if (this.#script.bug) return this.#over.reject(this.#script.bug);
    const { latencyMs, isOk } = this.#script.answerAt(offsetMs);
    const phase = this.#share.scenario.schedule.timeline.phaseAt(offsetMs);
    this.#script.sentMs.push(offsetMs);
    this.#counts.tally.phases[phase].addArrival(this.#script.lagMs);
    this.inFlight += 1;
    const end = (wasOk: boolean): void => {
      timer.cancel();
      this.#cutters.delete(cut);
      this.inFlight -= 1;
      const endMs = this.#clock.nowMs() - this.#share.t0AtMs;
      const sample = sampleOf(endMs - offsetMs, wasOk);
      this.#counts.tally.phases[phase].add(sample);
      this.#counts.seconds.add(endMs, sample);
      this.#endIfIdle();
    };
    const cut = (): void => end(false);
    const timer = this.#clock.setTimer(() => end(isOk), latencyMs);
    this.#cutters.add(cut);
    return undefined;
  }

  #endIfIdle(): void {
    if (this.#isStopped && this.inFlight === 0) this.#over.resolve();
  }
}

function sampleOf(latencyMs: number, isOk: boolean): RequestSample {
  return {
    isOk,
    outcome: isOk ? 'first-try' : 'surfaced',
    cell: isOk ? 'none/first-try' : 'organic/surfaced',
    attempts: 1,
    retries: 0,
    latencyMs,
    sendLatencyMs: latencyMs,
    failures: isOk ? [] : ['HTTP_503'],
  };
}
