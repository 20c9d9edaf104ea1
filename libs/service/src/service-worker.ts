import type { QueueOptions } from 'bullmq';
import { systemClock, type Clock } from '#libs/kernel';
import { JobWorkers, type WorkerLimits } from './queues/job-workers.ts';
import { RedisTime } from './redis/redis-time.ts';
import { Coordinator } from './runs/coordinator.ts';
import { Rescue } from './runs/rescue.ts';
import type { RunWorld } from './runs/run-world.ts';
import { SegmentRunner } from './runs/segment-runner.ts';
import type { Service } from './service.ts';

export interface ServiceWorkerOptions {
  readonly service: Service;
  readonly redisUrl: string;
  readonly world: RunWorld;
  readonly limits: WorkerLimits;
  readonly telemetry?: QueueOptions['telemetry'];
  readonly onError: (error: Error) => void;
  readonly clock?: Clock | undefined;
}

/** Works off the queues: sees runs through, sends their load, and fires schedules. */
export class ServiceWorker {
  readonly #workers: JobWorkers;
  readonly #rescue: Rescue;
  readonly #reconciled: Promise<void>;

  constructor(options: ServiceWorkerOptions) {
    const { service, redisUrl, world, limits, telemetry, onError, clock = systemClock } = options;
    const { runs, segments, signals, queues, redis, scheduleService } = service;
    const readTime = (): Promise<RedisTime> => RedisTime.read(redis, clock);
    const addSegments = (runId: string, count: number): Promise<void> => queues.addSegments(runId, count);
    const coordinator = new Coordinator({ runs, signals, world, clock, readTime, addSegments });
    const segmentRunner = new SegmentRunner({ runs, segments, signals, world, clock, readTime });
    this.#workers = new JobWorkers(
      redisUrl,
      {
        run: (runId, closing) => coordinator.coordinate(runId, closing),
        segment: (runId, segment, closing) => segmentRunner.run(runId, segment, closing),
        schedule: (scheduleId, dueAtMs) => scheduleService.onDue(scheduleId, dueAtMs),
      },
      limits,
      { telemetry, onError },
    );
    this.#rescue = new Rescue({ runs, queues, coordinator, clock, onError });
    // Nothing waits for it: until it is done, what the queue has planned fires.
    this.#reconciled = scheduleService.reconcile().catch(onError);
  }

  /** Takes no more jobs; what is at work is brought to where another worker can go on. */
  async close(): Promise<void> {
    await Promise.all([this.#reconciled, this.#rescue.close(), this.#workers.close()]);
  }
}
