import { isFinal, nextRunState, type RunPlan } from '#libs/campaign';
import {
  newTarget,
  type AbortRequest,
  type Campaign,
  type CampaignDocument,
  type NewRun,
  type Page,
  type PageQuery,
  type Run,
  type StoredRunEvent,
  type Target,
} from '#libs/contracts';
import { reportOf, type ReportModel } from '#libs/report';
import { RunJudge } from '#libs/run';
import { ProblemError, notFound } from '../problem-error.ts';
import type { Campaigns } from '../repositories/campaigns.ts';
import type { RunEvents } from '../repositories/run-events.ts';
import type { Creation, Reservation, Runs } from '../repositories/runs.ts';
import type { Targets } from '../repositories/targets.ts';
import type { AbortOrder } from '../runs/abort-order.ts';
import { LostClaimError } from '../runs/lost-claim-error.ts';
import { runOrder } from '../runs/run-order.ts';
import { runView, type RunRecord } from '../runs/run-record.ts';
import { unknownTarget } from './campaign-service.ts';
import { planOf } from './planning.ts';
import { freshId, type ServiceSeams } from './service-seams.ts';

export interface RunServicePorts {
  readonly campaigns: Campaigns;
  readonly targets: Targets;
  readonly runs: Runs;
  readonly events: RunEvents;
  readonly addJob: (runId: string) => Promise<void>;
  /** Into how many shares a run's load is cut. */
  readonly segments: number;
}

/** Starts runs, shows them, and orders them to end. */
export class RunService {
  readonly #ports: RunServicePorts;
  readonly #seams: ServiceSeams;

  constructor(ports: RunServicePorts, seams: ServiceSeams) {
    this.#ports = ports;
    this.#seams = seams;
  }

  /** Makes the plan, and a run that waits for a worker; or refuses it with the numbers. */
  async start(campaignId: string, order: NewRun, scheduleId?: string): Promise<Run> {
    const { campaigns, targets, runs, addJob, segments } = this.#ports;
    const campaign = await campaigns.get(campaignId);
    if (!campaign) throw notFound('campaign', campaignId);
    const target = await targets.find(campaign.target);
    if (!target) throw unknownTarget(campaign.target);
    const document = documentOf(campaign);
    const seed = order.seed ?? document.seed ?? Math.floor(this.#seams.rng.next() * 2 ** 32);
    const plan = planOf(document, target, { seed, segments });
    const { id, createdAt } = freshId('run', this.#seams);
    const createdAtMs = Date.parse(createdAt);
    const record: RunRecord = {
      id,
      campaignId,
      scheduleId,
      createdAtMs,
      document,
      target,
      plan,
      dryRun: order.dryRun,
      reason: order.reason,
      state: { kind: 'queued', sinceMs: createdAtMs },
    };
    const reservation = reservationOf(plan, target);
    const creation = await runs.create(record, reservation);
    if (creation.kind !== 'created') throw refusalOf(creation, reservation, target);
    await addJob(id);
    return runView(record);
  }

  async get(id: string): Promise<Run> {
    return runView(await this.#record(id));
  }

  async list(page: PageQuery): Promise<Page<Run>> {
    return viewsOf(await this.#ports.runs.list(page));
  }

  async listOfCampaign(campaignId: string, page: PageQuery): Promise<Page<Run>> {
    if (!(await this.#ports.campaigns.get(campaignId))) throw notFound('campaign', campaignId);
    return viewsOf(await this.#ports.runs.listOfCampaign(campaignId, page));
  }

  /** The report of a run that has ended. */
  async report(id: string): Promise<ReportModel> {
    const { report, state } = await this.#record(id);
    if (report) return report;
    throw new ProblemError('not_finished', `${id} is ${state.kind}`);
  }

  /** Its events, kept and new; see `RunEvents.follow`. */
  async events(
    id: string,
    afterId: string | undefined,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<StoredRunEvent>> {
    await this.#record(id);
    const { runs, events } = this.#ports;
    return events.follow(id, afterId, async () => !(await runs.isActive(id)), signal);
  }

  /** Orders a run to end; it does so soon. On one that has ended it has no effect. */
  async abort(id: string, { reason = 'asked for', mode }: AbortRequest): Promise<Run> {
    await this.#record(id);
    await this.order(id, { by: 'user', reason, mode });
    return this.get(id);
  }

  /** Gives an order. A run that no worker has taken yet is ended here, since nobody else would. */
  async order(id: string, order: AbortOrder): Promise<void> {
    const { runs } = this.#ports;
    if (!(await runs.abort(id, order))) return;
    const taken = await runs.claim(id, { untouched: true });
    if (!taken) return;
    const { claim, record } = taken;
    const nowMs = this.#seams.wallNowMs();
    const { mode, ...abort } = order;
    const state = nextRunState(record.state, { kind: 'abort', abort, mode }, nowMs);
    if (!isFinal(state)) return;
    const { spec, plan } = runOrder(record);
    const judgement = new RunJudge(spec, plan).judge(state);
    const report = reportOf({ id, plan, state, startedAtMs: undefined, endedAtMs: nowMs, ...judgement });
    try {
      await runs.save(claim, { ...record, state, report }, nowMs);
    } catch (error) {
      // A worker has taken it meanwhile, and will find the order.
      if (!(error instanceof LostClaimError)) throw error;
    }
  }

  async #record(id: string): Promise<RunRecord> {
    const record = await this.#ports.runs.get(id);
    if (record) return record;
    throw notFound('run', id);
  }
}

function viewsOf({ items, nextCursor }: Page<RunRecord>): Page<Run> {
  return { items: items.map(runView), nextCursor };
}

function documentOf({ id: _, version: __, createdAt: ___, ...document }: Campaign): CampaignDocument {
  return document;
}

function reservationOf({ peak, faults, drill }: RunPlan, target: Target): Reservation {
  const { id: _, createdAt: __, ...posted } = target;
  const { maxRate, maxConcurrency } = newTarget.parse(posted);
  return {
    ratePerSecond: peak.ratePerSecond,
    concurrency: peak.concurrency,
    disturbs: drill !== undefined || faults.some(({ where }) => where !== 'client'),
    maxRatePerSecond: maxRate,
    maxConcurrency,
  };
}

function refusalOf(
  creation: Exclude<Creation, { kind: 'created' }>,
  asked: Reservation,
  { name }: Target,
): ProblemError {
  switch (creation.kind) {
    case 'lever-engaged':
      return new ProblemError('lever_engaged', 'the safety lever is engaged: nothing is started');
    case 'disturbs':
      return new ProblemError('conflict_running', `a run that disturbs ${name} itself is under way`);
    case 'limit':
      return new ProblemError('conflict_running', 'no more runs may be under way at a time');
    case 'rate': {
      const rates = `${creation.reserved}/s of ${asked.maxRatePerSecond}/s`;
      const sentence = `runs under way take ${rates} of ${name}, this one asks for ${asked.ratePerSecond}/s`;
      return new ProblemError('conflict_running', sentence);
    }
    case 'concurrency': {
      const places = `${creation.reserved} of ${asked.maxConcurrency} requests in flight`;
      const sentence = `runs under way take ${places} of ${name}, this one asks for ${asked.concurrency}`;
      return new ProblemError('conflict_running', sentence);
    }
  }
}
