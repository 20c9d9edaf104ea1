import { describe, expect, it } from 'vitest';
import type { CampaignDocument, Run } from '#libs/contracts';
import { REDIS_KINDS } from '../service/support/redis-kinds.ts';
import { RunFloor } from '../service/support/run-floor.ts';
import { ScriptedWorker } from '../service/support/scripted-worker.ts';

const KILLS = 5;
const RATE = 20;
const SECONDS = 45;

const CAMPAIGN: CampaignDocument = {
  name: 'killed',
  target: 'local',
  seed: 7,
  scenarios: [
    {
      name: 'health',
      model: 'open',
      stages: [{ duration: `${SECONDS}s`, target: `${RATE}/s` }],
      request: {},
    },
  ],
};

const kind = REDIS_KINDS.find(({ isAvailable }) => isAvailable)!;

/** The next worker that has sent for a second. */
async function nextSender(workers: readonly ScriptedWorker[]): Promise<ScriptedWorker> {
  return Promise.race(
    workers.map(async (worker) => {
      const { length } = worker.sent;
      await worker.until(() => worker.sent.length > length + RATE);
      return worker;
    }),
  );
}

/** The run has ended by itself, with every arrival counted or missed, and none sent twice. */
function expectHonestEnd({ workers }: RunFloor, run: Run): void {
  const seqs = workers.flatMap(({ sent }) => sent.map(({ seq }) => seq));
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(run.state).toBe('completed');
  const { arrivals = 0, missed = 0 } = run.summary ?? {};
  expect(arrivals + missed).toBe(SECONDS * RATE);
  expect(arrivals).toBeLessThanOrEqual(seqs.length);
}

describe('runs', () => {
  it.concurrent.each([1, 2, 3, 4])(`whose workers are killed ${KILLS} times end honestly (%i)`, async () => {
    await using floor = await RunFloor.open(kind, 1);
    await floor.addTarget('local', 'http://127.0.0.1:9');
    let alive = [await floor.addWorker(), await floor.addWorker()];
    for (let kills = 0; kills < KILLS;) {
      for (const { sent } of floor.workers) sent.length = 0;
      const run = await floor.start(CAMPAIGN);
      const end = floor.ended(run);
      for (;;) {
        const sender = await Promise.race([nextSender(alive), end]);
        if (!(sender instanceof ScriptedWorker)) break;
        if (kills === KILLS) continue;
        sender.signal('SIGKILL');
        kills += 1;
        alive = [...alive.filter((worker) => worker !== sender), await floor.addWorker()];
      }
      expectHonestEnd(floor, await end);
    }
    expect(await floor.service.runs.active()).toEqual([]);
  });
});
