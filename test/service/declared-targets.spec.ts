import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewTargetDocument, Page, Target } from '#libs/contracts';
import { EMBEDDED, REDIS_KINDS, type TestRedis } from './support/redis-kinds.ts';

/** As built: Node alone runs no decorators. */
const MAIN = join(import.meta.dirname, '../../dist/apps/api/src/main.js');

const LOCAL: NewTargetDocument = {
  name: 'local',
  baseUrl: 'http://127.0.0.1:8080',
  maxRate: '1000/s',
  maxConcurrency: 200,
  allowPrivate: true,
};

const start = (redis: TestRedis, targets: readonly NewTargetDocument[], port = 0) =>
  spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      REDIS_URL: redis.url,
      PORT: String(port),
      POOLER_TARGETS: JSON.stringify(targets),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

describe.each(REDIS_KINDS)('on $name', (kind) => {
  describe.skipIf(!kind.isAvailable)('the api', () => {
    let redis: TestRedis;
    beforeAll(async () => {
      redis = await kind.start();
    });
    afterAll(async () => redis.kill());

    /** What the allow-list holds at the first moment at which the api listens. */
    const listOf = async (targets: readonly NewTargetDocument[]): Promise<readonly Target[]> => {
      const api = start(redis, targets);
      const ended = once(api, 'exit');
      const [line]: string[] = await once(createInterface({ input: api.stdout }), 'line');
      const url = line?.replace('listening on ', '');
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      expect((await fetch(`${url}/`)).url).toBe(`${url}/docs`);
      const page: Page<Target> = JSON.parse(await (await fetch(`${url}/api/v1/targets`)).text());
      api.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      return page.items;
    };

    it('knows the declared targets when it is ready, and changes them at its next start', async () => {
      const [first, ...others] = await listOf([LOCAL]);
      expect(first).toMatchObject({ ...LOCAL, faults: false });
      expect(others).toEqual([]);
      const moved = { ...LOCAL, baseUrl: 'http://127.0.0.1:8081', faults: true };
      expect(await listOf([moved])).toEqual([{ ...first, ...moved }]);
    });
  });
});

describe('the api says in one sentence', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await EMBEDDED.start();
  });
  afterAll(async () => redis.kill());

  it('which target it refuses', async () => {
    const api = start(redis, [{ ...LOCAL, baseUrl: 'http://169.254.169.254' }]);
    expect(await endOf(api)).toEqual({
      code: 104,
      said: [expect.stringMatching(/^api: POOLER_TARGETS is refused: baseUrl must not be http:/)],
    });
  });

  it('that its port is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const end = await endOf(start(redis, [], port));
    squatter.close();
    expect(end).toEqual({
      code: 1,
      said: [`api: cannot listen: listen EADDRINUSE: address already in use 127.0.0.1:${port}`],
    });
  });
});

/** How it ended and what it said itself; Nest has a log of its own. */
async function endOf(api: ReturnType<typeof spawn>): Promise<{ code: unknown; said: string[] }> {
  if (!api.stderr) throw new Error('the process has no stderr');
  const [[code], stderr] = await Promise.all([once(api, 'exit'), text(api.stderr)]);
  return { code, said: stderr.split('\n').filter((line) => line.startsWith('api: ')) };
}
