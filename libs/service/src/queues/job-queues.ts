import { Queue, type QueueOptions } from 'bullmq';
import { nextTimes } from '#libs/campaign';
import type { RunJob, Schedule, ScheduleJob, SegmentJob } from '#libs/contracts';
import { QUEUE_PREFIX } from '../redis/connect.ts';
import { RUN_QUEUE, SCHEDULE_QUEUE, SEGMENT_QUEUE } from './queue-names.ts';

/**
 * A job that fails is tried again this often: its failures are a worker that shuts down, a lost lease, Redis away. What
 * is wrong with a run itself ends the run and completes the job.
 */
const ATTEMPTS = 50;
const RETRY_MS = 500;
/** Ended jobs are kept for a look, not as a record: that is the run. */
const KEPT_JOBS = 100;

const jobOptions = {
  attempts: ATTEMPTS,
  backoff: { type: 'fixed', delay: RETRY_MS },
  removeOnComplete: true,
  removeOnFail: KEPT_JOBS,
} as const;

export interface QueueSeams {
  /** Whether adding a job waits for a lost Redis. */
  readonly isPatient?: boolean;
  /** For the option of BullMQ; `Telemetry.forQueues`. */
  readonly telemetry?: QueueOptions['telemetry'];
  readonly onError: (error: Error) => void;
}

/** Where jobs are put. Each job has an id made of what it is about, so that adding it twice adds it once. */
export class JobQueues {
  readonly #runs: Queue<RunJob>;
  readonly #segments: Queue<SegmentJob>;
  readonly #schedules: Queue<ScheduleJob>;

  constructor(redisUrl: string, { isPatient = false, telemetry, onError }: QueueSeams) {
    const options: QueueOptions = {
      connection: { url: redisUrl, maxRetriesPerRequest: isPatient ? null : 2 },
      prefix: QUEUE_PREFIX,
      telemetry,
      // BullMQ's own event stream; nobody reads it, and the embedded Redis slows down with its length.
      streams: { events: { maxLen: 50 } },
      settings: { repeatStrategy: nextFiringMs },
    };
    this.#runs = new Queue(RUN_QUEUE, options);
    this.#segments = new Queue(SEGMENT_QUEUE, options);
    this.#schedules = new Queue(SCHEDULE_QUEUE, options);
    for (const queue of this.#all) queue.on('error', onError);
  }

  async addRun(runId: string): Promise<void> {
    await this.#runs.add('run', { runId }, { ...jobOptions, jobId: runId });
  }

  async addSegments(runId: string, segments: number): Promise<void> {
    await this.#segments.addBulk(
      Array.from({ length: segments }, (_, segment) => ({
        name: 'segment',
        data: { runId, segment },
        opts: { ...jobOptions, jobId: `${runId}-${segment}` },
      })),
    );
  }

  /** `open` when the job of a run waits, runs or is to be tried again; `given-up` when it failed too often. */
  async runJobState(runId: string): Promise<'open' | 'given-up' | 'missing'> {
    const state = await this.#runs.getJobState(runId);
    if (state === 'failed') return 'given-up';
    return state === 'unknown' || state === 'completed' ? 'missing' : 'open';
  }

  /** Lets a schedule fire at its times, or at the new ones. */
  async plan({ id, cron, timeZone }: Schedule): Promise<void> {
    await this.#schedules.upsertJobScheduler(
      id,
      { pattern: cron, tz: timeZone },
      {
        name: 'schedule',
        data: { scheduleId: id },
        opts: { removeOnComplete: true, removeOnFail: KEPT_JOBS },
      },
    );
  }

  async unplan(scheduleId: string): Promise<void> {
    await this.#schedules.removeJobScheduler(scheduleId);
  }

  /** The schedules that fire. */
  async planned(): Promise<string[]> {
    const schedulers = await this.#schedules.getJobSchedulers(0, -1);
    return schedulers.map(({ key }) => key);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((queue) => queue.close()));
  }

  get #all(): readonly Pick<Queue, 'on' | 'close'>[] {
    return [this.#runs, this.#segments, this.#schedules];
  }
}

/** When a schedule fires next: by the same rule that the api shows, time changes included. */
export function nextFiringMs(
  afterMs: number,
  { pattern, tz }: { pattern?: string; tz?: string },
): number | undefined {
  return nextTimes({ cron: pattern ?? '', timeZone: tz ?? 'UTC' }, afterMs, 1)[0];
}
