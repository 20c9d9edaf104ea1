import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { Service, ServiceWorker, TokenList, type Role } from '#libs/service';
import type { MetricsPage } from '#libs/telemetry';
import { createApi } from '../../../apps/api/src/create-api.ts';
import type { RedisKind, TestRedis } from './redis-kinds.ts';
import { ScriptedWorld } from './scripted-world.ts';

const NO_METRICS: MetricsPage = {
  contentType: 'text/plain',
  render: async () => Promise.resolve('# nothing\n'),
  close: async () => Promise.resolve(),
};

export interface TestApiOptions {
  /** Whether `TOKENS` are asked for. Default false. */
  readonly hasTokens?: boolean;
  /** Whether a worker is there. Default true. */
  readonly hasWorker?: boolean;
  /** Where its Redis keeps what is in it. Default: nowhere. */
  readonly folder?: string;
  /** What stands in for the service at the edge. */
  readonly wrap?: (service: Service) => Service;
}

export interface Question {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly method: string;
  /** Without `/api/v1` and the query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** As JSON, where it is some. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects of it
  readonly body: any;
}

/** One token for each role. */
export const TOKENS: Readonly<Record<Role, string>> = {
  viewer: 'token-of-a-viewer',
  operator: 'token-of-an-operator',
  admin: 'token-of-an-admin',
};

/** The api with a Redis of its own and a worker whose load goes nowhere. */
export class TestApi {
  readonly app: NestFastifyApplication;
  readonly service: Service;
  readonly world: ScriptedWorld;
  readonly redis: TestRedis;
  readonly url: string;
  readonly #end: () => Promise<void>;
  #names = 0;

  private constructor(
    parts: Pick<TestApi, 'app' | 'service' | 'world' | 'redis' | 'url'>,
    end: () => Promise<void>,
  ) {
    this.app = parts.app;
    this.service = parts.service;
    this.world = parts.world;
    this.redis = parts.redis;
    this.url = parts.url;
    this.#end = end;
  }

  static async start(kind: RedisKind, options: TestApiOptions = {}): Promise<TestApi> {
    const {
      hasTokens = false,
      hasWorker = true,
      folder,
      wrap = (whole: Service): Service => whole,
    } = options;
    const redis = await kind.start(undefined, folder);
    // What goes wrong shows in the answers; that a worker shuts down with work at hand is no news.
    const onError = (): void => {};
    const environment = { redisUrl: redis.url, retentionMs: 3_600_000 };
    const service = await Service.open({ environment, onError });
    const world = new ScriptedWorld();
    const limits = { maxRuns: 10, maxSegments: 10 };
    const worker = hasWorker
      ? new ServiceWorker({ service, redisUrl: redis.url, world, limits, onError })
      : undefined;
    const tokens = hasTokens ? TokenList.parse(JSON.stringify({ tokens: tokenEntries() })) : undefined;
    const app = await createApi({ service: wrap(service), tokens, metrics: NO_METRICS });
    await app.listen(0, '127.0.0.1');
    return new TestApi({ app, service, world, redis, url: await app.getUrl() }, async () => {
      await app.close();
      await worker?.close();
      await service.close();
      await redis.kill();
    });
  }

  /** Asks, with a body as JSON (a text goes as it is). */
  async ask(method: string, path: string, { body, headers = {} }: Question = {}): Promise<Answer> {
    const verb = method.toLowerCase();
    if (verb !== 'get' && verb !== 'post' && verb !== 'put' && verb !== 'delete' && verb !== 'patch') {
      throw new Error(`cannot ask with ${method}`);
    }
    const agent = request(this.url);
    const asked = agent[verb](`/api/v1${path}`).set({ ...headers });
    if (body !== undefined) {
      if (headers['content-type'] === undefined) asked.set('content-type', 'application/json');
      asked.send(typeof body === 'string' ? body : JSON.stringify(body));
    }
    const { status, headers: answered, text, body: json } = await asked;
    return { method, path: path.split('?')[0] ?? '', status, headers: answered, text, body: json };
  }

  /** A name that nothing else here has. */
  freshName(): string {
    this.#names += 1;
    return `thing-${this.#names}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

function tokenEntries(): object[] {
  return Object.entries(TOKENS).map(([role, token]) => ({
    name: `the ${role}`,
    role,
    sha256: createHash('sha256').update(token).digest('hex'),
  }));
}
