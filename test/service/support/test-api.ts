import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Service, ServiceWorker, type TokenList } from '#libs/service';
import type { MetricsPage } from '#libs/telemetry';
import { createApi } from '../../../apps/api/src/create-api.ts';
import type { RedisKind } from './redis-kinds.ts';
import { ScriptedWorld } from './scripted-world.ts';

const NO_METRICS: MetricsPage = {
  contentType: 'text/plain',
  render: async () => Promise.resolve('# nothing\n'),
  close: async () => Promise.resolve(),
};

export interface TestApiOptions {
  readonly tokens?: TokenList | undefined;
  /** Whether a worker is there. Default true. */
  readonly hasWorker?: boolean;
}

/** The api with a Redis of its own and a worker whose load goes nowhere. */
export class TestApi {
  readonly app: NestFastifyApplication;
  readonly service: Service;
  readonly world: ScriptedWorld;
  readonly url: string;
  readonly #end: () => Promise<void>;

  private constructor(parts: Pick<TestApi, 'app' | 'service' | 'world' | 'url'>, end: () => Promise<void>) {
    this.app = parts.app;
    this.service = parts.service;
    this.world = parts.world;
    this.url = parts.url;
    this.#end = end;
  }

  static async start(kind: RedisKind, options: TestApiOptions = {}): Promise<TestApi> {
    const { tokens, hasWorker = true } = options;
    const redis = await kind.start();
    const onError = (error: Error): void => console.error(error);
    const environment = { redisUrl: redis.url, retentionMs: 3_600_000 };
    const service = await Service.open({ environment, isPatient: true, onError });
    const world = new ScriptedWorld();
    const limits = { maxRuns: 10, maxSegments: 10 };
    const worker = hasWorker
      ? new ServiceWorker({ service, redisUrl: redis.url, world, limits, onError })
      : undefined;
    const app = await createApi({ service, tokens, metrics: NO_METRICS });
    await app.listen(0, '127.0.0.1');
    return new TestApi({ app, service, world, url: await app.getUrl() }, async () => {
      await app.close();
      await worker?.close();
      await service.close();
      await redis.kill();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}
