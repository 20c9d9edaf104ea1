import type { CampaignDocument, Run, StoredRunEvent } from '#libs/contracts';
import { Service } from '#libs/service';
import type { RedisKind, TestRedis } from './redis-kinds.ts';
import { ScriptedWorker } from './scripted-worker.ts';

/** Where worker processes meet: a Redis of their own and the service that gives them work. All of it ends together. */
export class RunFloor implements AsyncDisposable {
  readonly service: Service;
  readonly workers: ScriptedWorker[] = [];
  readonly #kind: RedisKind;
  readonly #folder: string | undefined;
  #redis: TestRedis;

  private constructor(kind: RedisKind, folder: string | undefined, redis: TestRedis, service: Service) {
    this.#kind = kind;
    this.#folder = folder;
    this.#redis = redis;
    this.service = service;
  }

  /** @param folder where Redis keeps what it knows */
  static async open(kind: RedisKind, segments: number, folder?: string): Promise<RunFloor> {
    const redis = await kind.start(undefined, folder);
    const environment = { redisUrl: redis.url, retentionMs: 3_600_000 };
    const service = await Service.open({ environment, segments, isPatient: true, onError: () => {} });
    return new RunFloor(kind, folder, redis, service);
  }

  get redisUrl(): string {
    return this.#redis.url;
  }

  async addTarget(name: string, baseUrl: string, controlUrl?: string): Promise<void> {
    const limits = { maxRate: '1000/s', maxConcurrency: 200, faults: true, drills: true, allowPrivate: true };
    await this.service.targetService.create({ name, baseUrl, controlUrl, ...limits });
  }

  async addWorker(): Promise<ScriptedWorker> {
    const worker = await ScriptedWorker.start(this.redisUrl);
    this.workers.push(worker);
    return worker;
  }

  async start(document: CampaignDocument, dryRun = false): Promise<Run> {
    const { id } = await this.service.campaignService.create(document);
    return this.service.runService.start(id, { dryRun });
  }

  /** Waits for a run's end and returns it. What was told of it comes in `events`. */
  async ended({ id }: Run, events: StoredRunEvent[] = []): Promise<Run> {
    const { runService } = this.service;
    const signal = AbortSignal.timeout(60_000);
    let run = await runService.get(id);
    while (run.endedAt === undefined && !signal.aborted) {
      const after = events.at(-1)?.id;
      try {
        for await (const event of await runService.events(id, after, signal)) events.push(event);
      } catch {
        // Redis is away.
      }
      run = await runService.get(id);
    }
    return run;
  }

  /** Kills Redis, and starts it again with what it had kept. */
  async restartRedis(outage: () => Promise<void>): Promise<void> {
    await this.#redis.kill();
    await outage();
    this.#redis = await this.#kind.start(Number(new URL(this.redisUrl).port), this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker[Symbol.asyncDispose]()));
    await this.service.close();
    await this.#redis.kill();
  }
}
