import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CampaignDocument, Run, StoredRunEvent } from '#libs/contracts';
import { REDIS_KINDS } from '../support/redis-kinds.ts';
import { RunFloor } from '../support/run-floor.ts';
import type { ScriptedWorker } from '../support/scripted-worker.ts';

const RATE = 50;

/** Long enough that whoever takes over from a killed worker still sends most of it. */
const CAMPAIGN: CampaignDocument = {
  name: 'long',
  target: 'local',
  seed: 7,
  scenarios: [
    { name: 'health', model: 'open', stages: [{ duration: '14s', target: `${RATE}/s` }], request: {} },
  ],
  faults: [{ id: 'crash', type: 'crash', where: 'target', start: '1s', duration: '200ms' }],
  checks: ['failed.rate <= 0%'],
};
const ARRIVALS = 14 * RATE;
const TIMEOUT_MS = 90_000;

async function openFloor(kind: (typeof REDIS_KINDS)[number], segments: number, folder?: string) {
  const floor = await RunFloor.open(kind, segments, folder);
  await floor.addTarget('local', 'http://127.0.0.1:9', 'http://127.0.0.1:9');
  return floor;
}

const seqsOf = (workers: readonly ScriptedWorker[]): number[] =>
  workers.flatMap(({ sent }) => sent.map(({ seq }) => seq)).toSorted((a, b) => a - b);

/** The run has ended by itself, with every arrival either counted or counted as missed, and none sent twice. */
function expectHonestEnd(floor: RunFloor, run: Run): void {
  const seqs = seqsOf(floor.workers);
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(run).toMatchObject({ state: 'completed', verdict: 'inconclusive' });
  const { arrivals = 0, missed = 0 } = run.summary ?? {};
  expect(missed).toBeGreaterThan(0);
  expect(arrivals + missed).toBe(ARRIVALS);
  // What a killed worker had sent since it last wrote its counts counts as missed, never the other way round.
  expect(arrivals).toBeLessThanOrEqual(seqs.length);
  expect(floor.workers.flatMap(({ applied }) => applied)).toEqual(['crash']);
}

describe.concurrent.each(REDIS_KINDS)('on $name', (kind) => {
  describe.skipIf(!kind.isAvailable)('a run', () => {
    it(
      'whose worker is killed is taken over: nothing twice, what was due meanwhile missed',
      { timeout: TIMEOUT_MS },
      async () => {
        await using floor = await openFloor(kind, 1);
        const first = await floor.addWorker();
        const run = await floor.start(CAMPAIGN);
        await first.until(() => first.sent.length > 100);
        const second = await floor.addWorker();
        first.signal('SIGKILL');
        const ended = await floor.ended(run);
        expectHonestEnd(floor, ended);
        expect(second.sent.at(-1)?.seq).toBe(ARRIVALS - 1);
      },
    );

    it(
      'whose coordinator is killed is seen through by the other worker',
      { timeout: TIMEOUT_MS },
      async () => {
        await using floor = await openFloor(kind, 2);
        const workers = [await floor.addWorker(), await floor.addWorker()];
        const run = await floor.start(CAMPAIGN);
        const coordinator = await Promise.race(
          workers.map(async (worker) => {
            await worker.until(() => worker.applied.length > 0);
            return worker;
          }),
        );
        // Its act is over and noted by then; a coordinator that ends in the midst of one leaves a run that nobody can vouch for.
        const { length } = coordinator.sent;
        await coordinator.until(() => coordinator.sent.length > length + 50);
        coordinator.signal('SIGKILL');
        expectHonestEnd(floor, await floor.ended(run));
      },
    );

    it(
      'is not sent by a worker that stood still and wakes beside the next owner',
      { timeout: TIMEOUT_MS },
      async () => {
        await using floor = await openFloor(kind, 1);
        const first = await floor.addWorker();
        const run = await floor.start(CAMPAIGN);
        await first.until(() => first.sent.length > 100);
        const second = await floor.addWorker();
        first.signal('SIGSTOP');
        await second.until(() => second.sent.length > 0);
        const sentBefore = first.sent.length;
        first.signal('SIGCONT');
        const ended = await floor.ended(run);
        expect(first.sent.length).toBe(sentBefore);
        expectHonestEnd(floor, ended);
      },
    );

    it('goes on with another worker when its own is told to end', { timeout: TIMEOUT_MS }, async () => {
      await using floor = await openFloor(kind, 1);
      const first = await floor.addWorker();
      const run = await floor.start(CAMPAIGN);
      await first.until(() => first.applied.length > 0);
      const second = await floor.addWorker();
      first.signal('SIGTERM');
      expect(await first.end()).toBe(0);
      const ended = await floor.ended(run);
      expect(ended).toMatchObject({
        state: 'completed',
        summary: { requests: seqsOf(floor.workers).length },
      });
      expect(new Set(seqsOf(floor.workers)).size).toBe(seqsOf(floor.workers).length);
      expect(second.sent.at(-1)?.seq).toBe(ARRIVALS - 1);
    });
  });
});

const [durable] = REDIS_KINDS;

describe.skipIf(!durable?.isAvailable)('a Redis that is killed in mid-run and comes back', () => {
  it.concurrent(
    'leaves a run that ends honestly, with nothing sent twice',
    { timeout: TIMEOUT_MS },
    async () => {
      if (!durable) return;
      const folder = await mkdtemp(join(tmpdir(), 'pooler-redis-'));
      try {
        await using floor = await openFloor(durable, 2, folder);
        await floor.addWorker();
        await floor.addWorker();
        const run = await floor.start(CAMPAIGN);
        await floor.workers[0]?.until(() => (floor.workers[0]?.sent.length ?? 0) > 100);
        // Longer than any lease.
        await floor.restartRedis(() => sleep(6_000));
        const events: StoredRunEvent[] = [];
        const ended = await floor.ended(run, events);
        expectHonestEnd(floor, ended);
        expect(events.filter(({ type }) => type === 'end')).toHaveLength(1);
        expect(await floor.service.runs.active()).toEqual([]);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});
