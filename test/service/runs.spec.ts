import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignDocument, Run, StoredRunEvent } from '#libs/contracts';
import { Service, ServiceWorker } from '#libs/service';
import { REDIS_KINDS, type TestRedis } from './support/redis-kinds.ts';
import { ScriptedWorld } from './support/scripted-world.ts';

const LIMITS = { maxRuns: 10, maxSegments: 4 };

/** 50 arrivals in the baseline, 100 in the first stage, 26 on the way down: the last is due long before the end. */
const ARRIVALS = 176;

const CAMPAIGN: CampaignDocument = {
  name: 'short',
  target: 'local',
  seed: 7,
  phases: { baseline: '500ms', recovery: '500ms' },
  scenarios: [
    {
      name: 'health',
      model: 'open',
      stages: [
        { duration: '1s', target: '100/s' },
        { duration: '500ms', target: '1/s' },
      ],
      request: {},
    },
  ],
  checks: ['latency.p99 < 500ms min 100', 'failed.rate <= 0%'],
};

describe.each(REDIS_KINDS)('on $name', (kind) => {
  describe.skipIf(!kind.isAvailable)('a run', () => {
    let redis: TestRedis;
    let service: Service;
    let worker: ServiceWorker;
    const world = new ScriptedWorld();
    const errors: Error[] = [];
    const onError = (error: Error): void => void errors.push(error);

    beforeAll(async () => {
      redis = await kind.start();
      const environment = { redisUrl: redis.url, retentionMs: 3_600_000 };
      service = await Service.open({ environment, segments: 2, isPatient: true, onError });
      worker = new ServiceWorker({ service, redisUrl: redis.url, world, limits: LIMITS, onError });
      await service.targetService.create({
        name: 'local',
        baseUrl: 'http://127.0.0.1:9',
        maxRate: '1000/s',
        maxConcurrency: 200,
        faults: true,
        allowPrivate: true,
      });
    });

    afterAll(async () => {
      await worker.close();
      await service.close();
      await redis.kill();
    });

    const start = async (document: CampaignDocument, dryRun = false): Promise<Run> => {
      const { id } = await service.campaignService.create(document);
      return service.runService.start(id, { dryRun });
    };

    /** Follows a run to its end. */
    const eventsOf = async (run: Run): Promise<StoredRunEvent[]> => {
      const events: StoredRunEvent[] = [];
      const signal = AbortSignal.timeout(20_000);
      for await (const event of await service.runService.events(run.id, undefined, signal))
        events.push(event);
      return events;
    };

    const statesOf = (events: readonly StoredRunEvent[]): string[] =>
      events.flatMap((event) => (event.type === 'state' ? [event.data.state] : []));

    it('goes through its states, sends every arrival once and ends with a verdict', async () => {
      const run = await start(CAMPAIGN);
      const events = await eventsOf(run);
      const ended = await service.runService.get(run.id);
      expect(statesOf(events)).toEqual([
        'preparing',
        'baseline',
        'running',
        'draining',
        'recovering',
        'completed',
      ]);
      expect(ended).toMatchObject({ state: 'completed', verdict: 'pass', digest: run.digest });
      expect(ended.summary).toMatchObject({ requests: ARRIVALS, ok: ARRIVALS, missed: 0 });
      expect(ended.checks.map(({ state }) => state)).toEqual(['pass', 'pass']);
      expect(world.sent.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: ARRIVALS }, (_, index) => index - 50),
      );
      expect(events.at(-1)).toMatchObject({ type: 'end', data: { state: 'completed', verdict: 'pass' } });
      expect(errors).toEqual([]);
    });
  });
});
