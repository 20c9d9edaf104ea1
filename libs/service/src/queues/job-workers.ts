import { Worker, type Job, type WorkerOptions } from 'bullmq';
import { runJob, scheduleJob, segmentJob } from '#libs/contracts';
import { QUEUE_PREFIX } from '../redis/connect.ts';
import { nextFiringMs, type QueueSeams } from './job-queues.ts';
import { RUN_QUEUE, SCHEDULE_QUEUE, SEGMENT_QUEUE } from './queue-names.ts';

/** What is done with the jobs. */
export interface JobHandlers {
  run(runId: string, closing: AbortSignal): Promise<void>;
  segment(runId: string, segment: number, closing: AbortSignal): Promise<void>;
  /** @param dueAtMs when the schedule should have fired, in ms since 1970 */
  schedule(scheduleId: string, dueAtMs: number): Promise<void>;
}

export interface WorkerLimits {
  readonly maxRuns: number;
  readonly maxSegments: number;
}

/**
 * A worker that dies keeps its jobs for as long as their lock, and the next look for such jobs hands them on. Many such
 * takeovers are no fault of the job: BullMQ gives it up after the second by default.
 */
const TAKEOVER = { lockDuration: 5_000, stalledInterval: 2_000, maxStalledCount: 50 };

/** Schedules that fire at a time; one that replaces a run waits for its end, and shall not keep the others. */
const MAX_FIRINGS = 20;

/** Takes jobs from the queues until it is closed. */
export class JobWorkers {
  readonly #workers: readonly Worker[];
  readonly #closing = new AbortController();

  constructor(
    redisUrl: string,
    handlers: JobHandlers,
    limits: WorkerLimits,
    { telemetry, onError }: QueueSeams,
  ) {
    const start = (name: string, concurrency: number, work: (job: Job) => Promise<void>): Worker => {
      const options: WorkerOptions = {
        connection: { url: redisUrl, maxRetriesPerRequest: null },
        prefix: QUEUE_PREFIX,
        telemetry,
        concurrency,
        settings: { repeatStrategy: nextFiringMs },
        ...TAKEOVER,
      };
      const worker = new Worker(name, work, options);
      worker.on('error', onError);
      worker.on('failed', (_, error) => onError(error));
      return worker;
    };
    const { signal } = this.#closing;
    this.#workers = [
      start(RUN_QUEUE, limits.maxRuns, (job) => handlers.run(runJob.parse(job.data).runId, signal)),
      start(SEGMENT_QUEUE, limits.maxSegments, (job) => {
        const { runId, segment } = segmentJob.parse(job.data);
        return handlers.segment(runId, segment, signal);
      }),
      start(SCHEDULE_QUEUE, MAX_FIRINGS, (job) =>
        handlers.schedule(scheduleJob.parse(job.data).scheduleId, dueAtMsOf(job)),
      ),
    ];
  }

  /** Takes no more jobs. Those at work stop sending, let requests in flight end, and leave the rest to other workers. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

/** The instant of a schedule that a job stands for. Its `delay` is 0 by the time that it is taken. */
function dueAtMsOf({ opts, timestamp }: Job): number {
  return opts.prevMillis ?? timestamp;
}
