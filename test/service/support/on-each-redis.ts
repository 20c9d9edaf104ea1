import { afterAll, beforeAll, describe } from 'vitest';
import { REDIS_KINDS, type RedisKind } from './redis-kinds.ts';
import { TestApi, type TestApiOptions } from './test-api.ts';

/** The same tests on both kinds of Redis, each with an api that they share. */
export function onEachRedis(
  title: string,
  options: TestApiOptions,
  tests: (api: () => TestApi, kind: RedisKind) => void,
): void {
  describe.each(REDIS_KINDS)(`${title}, on $name`, (kind) => {
    describe.skipIf(!kind.isAvailable)('it', () => {
      let api: TestApi;
      beforeAll(async () => {
        api = await TestApi.start(kind, options);
      });
      afterAll(async () => {
        await api[Symbol.asyncDispose]();
      });
      tests(() => api, kind);
    });
  });
}
