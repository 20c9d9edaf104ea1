import type { QueueOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { systemClock, type Clock } from '#libs/kernel';
import type { ServiceEnvironment } from './environment.ts';
import { JobQueues } from './queues/job-queues.ts';
import { connectRedis } from './redis/connect.ts';
import { Signals } from './redis/signals.ts';
import { Campaigns } from './repositories/campaigns.ts';
import { IdempotencyKeys } from './repositories/idempotency-keys.ts';
import { Lever } from './repositories/lever.ts';
import { RunEvents } from './repositories/run-events.ts';
import { Runs } from './repositories/runs.ts';
import { Schedules } from './repositories/schedules.ts';
import { Segments } from './repositories/segments.ts';
import { Targets } from './repositories/targets.ts';
import { CampaignService } from './services/campaign-service.ts';
import { LeverService } from './services/lever-service.ts';
import { RunService } from './services/run-service.ts';
import { ScheduleService } from './services/schedule-service.ts';
import { systemSeams, type ServiceSeams } from './services/service-seams.ts';
import { TargetService } from './services/target-service.ts';

export interface ServiceOptions {
  readonly environment: ServiceEnvironment;
  /** Into how many shares a run's load is cut. Default 1. */
  readonly segments?: number | undefined;
  /** Whether commands wait for a lost Redis. Default false: they fail soon. */
  readonly isPatient?: boolean | undefined;
  /** For BullMQ; `Telemetry.forQueues`. */
  readonly telemetry?: QueueOptions['telemetry'];
  /** Hears of trouble with Redis, again and again as long as it lasts. */
  readonly onError: (error: Error) => void;
  readonly seams?: ServiceSeams | undefined;
  readonly clock?: Clock | undefined;
}

/** What api and worker share: the services, on one Redis. */
export class Service {
  readonly redis: Redis;
  readonly signals: Signals;
  readonly queues: JobQueues;
  readonly runs: Runs;
  readonly segments: Segments;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly targetService: TargetService;
  readonly campaignService: CampaignService;
  readonly runService: RunService;
  readonly leverService: LeverService;
  readonly scheduleService: ScheduleService;

  private constructor(redis: Redis, signals: Signals, options: ServiceOptions) {
    const { environment, segments = 1, isPatient = false, telemetry, onError, seams = systemSeams } = options;
    const queues = new JobQueues(environment.redisUrl, { isPatient, telemetry, onError });
    const targets = new Targets(redis);
    const campaigns = new Campaigns(redis);
    const schedules = new Schedules(redis);
    const runs = new Runs(redis, environment.retentionMs);
    const events = new RunEvents(redis, signals);
    const addJob = (runId: string): Promise<void> => queues.addRun(runId);
    this.redis = redis;
    this.signals = signals;
    this.queues = queues;
    this.runs = runs;
    this.segments = new Segments(redis);
    this.idempotencyKeys = new IdempotencyKeys(redis);
    this.targetService = new TargetService(targets, runs, seams);
    this.campaignService = new CampaignService({ campaigns, schedules, targets }, seams);
    this.runService = new RunService({ campaigns, targets, runs, events, addJob, segments }, seams);
    this.leverService = new LeverService(new Lever(redis), runs, this.runService, seams);
    this.scheduleService = new ScheduleService(
      { schedules, campaigns, runs, runService: this.runService, queues, signals },
      seams,
    );
  }

  /** Connects, and waits for Redis as long as that takes. */
  static async open(options: ServiceOptions): Promise<Service> {
    const { environment, isPatient = false, onError, clock = systemClock } = options;
    const redis = connectRedis(environment.redisUrl, { isPatient, onError });
    return new Service(redis, await Signals.listen(redis, clock), options);
  }

  /** Whether Redis answers. */
  async isReady(): Promise<boolean> {
    // A patient command would wait for it.
    if (this.redis.status !== 'ready') return false;
    return this.redis.ping().then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    this.signals.close();
    await this.queues.close();
    this.redis.disconnect();
  }
}
