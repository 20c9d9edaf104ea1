import { nextTimes } from '#libs/campaign';
import type { Firing, NewSchedule, Page, PageQuery, Schedule } from '#libs/contracts';
import { PoolerError } from '#libs/kernel';
import type { Signals } from '../redis/signals.ts';
import type { JobQueues } from '../queues/job-queues.ts';
import { ProblemError, notFound } from '../problem-error.ts';
import type { Campaigns } from '../repositories/campaigns.ts';
import type { Runs } from '../repositories/runs.ts';
import type { ScheduleItem, Schedules } from '../repositories/schedules.ts';
import type { RunService } from './run-service.ts';
import { freshId, type ServiceSeams } from './service-seams.ts';

const MAX_SCHEDULES = 1_000;
/** How often a replaced run is looked at until it has ended, and for how long at most. */
const LOOK_MS = 250;
const MAX_LOOKS = 80;

export interface ScheduleServicePorts {
  readonly schedules: Schedules;
  readonly campaigns: Campaigns;
  readonly runs: Runs;
  readonly runService: RunService;
  readonly queues: Pick<JobQueues, 'plan' | 'unplan' | 'planned'>;
  readonly signals: Pick<Signals, 'wait'>;
}

/** Starts runs of a campaign again and again, by the clocks of a time zone. */
export class ScheduleService {
  readonly #ports: ScheduleServicePorts;
  readonly #seams: ServiceSeams;

  constructor(ports: ScheduleServicePorts, seams: ServiceSeams) {
    this.#ports = ports;
    this.#seams = seams;
  }

  async create(posted: NewSchedule): Promise<Schedule> {
    const { schedules, campaigns, queues } = this.#ports;
    if (!(await campaigns.get(posted.campaign))) {
      const message = `campaign must be the id of a campaign, got ${JSON.stringify(posted.campaign)}`;
      throw new ProblemError('invalid_request', message, [{ path: 'campaign', code: 'unknown', message }]);
    }
    this.#instants(posted, 1);
    if ((await schedules.count()) >= MAX_SCHEDULES) {
      throw new ProblemError('limit_reached', `there are ${MAX_SCHEDULES} schedules, no more are kept`);
    }
    const item: ScheduleItem = { ...posted, ...freshId('sch', this.#seams), suspended: false };
    await schedules.create(item);
    const schedule = { ...item, firings: [] };
    await queues.plan(schedule);
    return schedule;
  }

  async get(id: string): Promise<Schedule> {
    const item = await this.#ports.schedules.get(id);
    if (item) return item;
    throw notFound('schedule', id);
  }

  list(page: PageQuery): Promise<Page<Schedule>> {
    return this.#ports.schedules.list(page);
  }

  async remove(id: string): Promise<void> {
    const { schedules, queues } = this.#ports;
    const schedule = await this.get(id);
    await queues.unplan(id);
    await schedules.remove(schedule);
  }

  /** Its next instants, whether or not it is suspended. */
  async next(id: string, count: number): Promise<string[]> {
    const times = this.#instants(await this.get(id), count);
    return times.map((atMs) => new Date(atMs).toISOString());
  }

  async suspend(id: string): Promise<Schedule> {
    const schedule = { ...(await this.get(id)), suspended: true };
    await this.#ports.queues.unplan(id);
    await this.#ports.schedules.update(schedule);
    return schedule;
  }

  /** What would have fired meanwhile is not made up for. */
  async resume(id: string): Promise<Schedule> {
    const schedule = { ...(await this.get(id)), suspended: false };
    await this.#ports.schedules.update(schedule);
    await this.#ports.queues.plan(schedule);
    return schedule;
  }

  /** Fires it now. */
  async trigger(id: string): Promise<Firing> {
    return this.#fire(await this.get(id), this.#seams.wallNowMs());
  }

  /**
   * Its instant has come. Does nothing the second time for one instant: a worker that dies in the middle of it has its
   * job done again.
   * @param dueAtMs in ms since 1970
   */
  async onDue(id: string, dueAtMs: number): Promise<void> {
    const schedule = await this.#ports.schedules.get(id);
    if (!schedule || schedule.suspended) return;
    if (await this.#ports.schedules.claimInstant(id, dueAtMs)) await this.#fire(schedule, dueAtMs);
  }

  /** Makes the queue fire what the schedules say, should a process have ended between the one write and the other. */
  async reconcile(): Promise<void> {
    const { schedules, queues } = this.#ports;
    const orphans = new Set(await queues.planned());
    let cursor: string | undefined;
    do {
      const page: Page<Schedule> = await schedules.list({ limit: 200, cursor });
      for (const schedule of page.items) {
        if (schedule.suspended) continue;
        if (!orphans.delete(schedule.id)) await queues.plan(schedule);
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    for (const id of orphans) await queues.unplan(id);
  }

  /** Whatever keeps it from starting a run is recorded, and not made up for. */
  async #fire(schedule: Schedule, atMs: number): Promise<Firing> {
    const entry: Firing = { at: new Date(atMs).toISOString(), ...(await this.#start(schedule)) };
    await this.#ports.schedules.record(schedule.id, entry);
    return entry;
  }

  async #start(schedule: Schedule): Promise<Omit<Firing, 'at'>> {
    const { runService } = this.#ports;
    const running = await this.#runningOf(schedule);
    if (schedule.concurrencyPolicy === 'Forbid' && running.length > 0) return { skipped: 'conflict_running' };
    if (schedule.concurrencyPolicy === 'Replace') {
      for (const id of running) {
        await runService.order(id, { by: 'user', reason: `replaced by ${schedule.name}`, mode: 'now' });
        await this.#awaitEnd(id);
      }
    }
    try {
      const { id } = await runService.start(schedule.campaign, { dryRun: false }, schedule.id);
      return { runId: id };
    } catch (error) {
      if (error instanceof ProblemError) return { skipped: error.code };
      throw error;
    }
  }

  /** It gives back what it has reserved of its target when it ends. */
  async #awaitEnd(runId: string): Promise<void> {
    for (let look = 0; look < MAX_LOOKS && (await this.#ports.runs.isActive(runId)); look += 1) {
      await this.#ports.signals.wait('control', runId, LOOK_MS);
    }
  }

  /** Its runs that have not ended. */
  async #runningOf({ firings }: Schedule): Promise<string[]> {
    const active = new Set(await this.#ports.runs.active());
    return firings.flatMap(({ runId }) => (runId !== undefined && active.has(runId) ? [runId] : []));
  }

  #instants({ cron, timeZone }: Pick<Schedule, 'cron' | 'timeZone'>, count: number): number[] {
    try {
      return nextTimes({ cron, timeZone }, this.#seams.wallNowMs(), count);
    } catch (error) {
      if (!(error instanceof PoolerError)) throw error;
      const { message } = error;
      throw new ProblemError('invalid_request', message, [
        { path: message.split(' ')[0] ?? '', code: 'out_of_range', message },
      ]);
    }
  }
}
