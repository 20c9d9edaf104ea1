import { describe, expect, it } from 'vitest';
import type { CampaignSpec, FaultSpec } from '#libs/campaign';
import { FakeClock } from '#libs/testing';
import { LocalRun, type RunNews, type RunOutcome } from './local-run.ts';
import { ScriptedLoad, planOf, specOf } from './scripted-load.spec-helper.ts';

const T0 = 2_000;
const CRASH: FaultSpec = { id: 'crash', type: 'crash', where: 'target', startMs: 3_000, durationMs: 500 };

/** A run, and a log of its news and of what was done to the target, by the second from t = 0. */
function setUp(spec: CampaignSpec = specOf(), { isDryRun = false, segments = 1 } = {}) {
  const clock = new FakeClock();
  const load = new ScriptedLoad(clock);
  const log: string[] = [];
  const note = (what: string): void => {
    log.push(`${(clock.nowMs() - T0) / 1_000}: ${what}`);
  };
  const world = { answers: true, faultsWork: true };
  const run = new LocalRun(
    { spec, plan: planOf(spec, segments), isDryRun },
    {
      clock,
      wallNowMs: () => 1_000_000 + clock.nowMs(),
      load,
      faults: {
        apply: async () => (world.faultsWork ? Promise.resolve() : Promise.reject(new Error('no route'))),
        remove: async () => Promise.resolve(),
        removeAll: async () => Promise.resolve(note('faults removed')),
      },
      canary: async () => Promise.resolve(world.answers),
      drill: async () => Promise.resolve(note('drill')),
      onNews: (news) => {
        if (news.kind !== 'counts') note(textOf(news));
      },
    },
  );
  const outcome: { value?: RunOutcome } = {};
  void run.run().then((value) => (outcome.value = value));
  return { clock, load, run, log, world, outcome };
}

function textOf(news: Exclude<RunNews, { kind: 'counts' }>): string {
  switch (news.kind) {
    case 'state':
      return news.state.kind;
    case 'fault':
      return `${news.faultId} ${news.change}`;
    case 'guardrail':
      return `tripped: ${news.guardrail}`;
  }
}

describe('a run', () => {
  it('goes from its baseline to its verdict', async () => {
    const { clock, log, outcome } = setUp(specOf({ checks: ['latency.p99 < 500ms min 100'] }));
    await clock.advanceAsync(20_000);
    expect(log).toEqual([
      '-2: preparing',
      '-2: baseline',
      '0: running',
      '12: draining',
      '12: recovering',
      '12: faults removed',
      '12.4: completed',
    ]);
    expect(outcome.value).toMatchObject({ verdict: 'pass', startedAtMs: 1_002_000, endedAtMs: 1_014_400 });
    expect(outcome.value?.tally.total().counts).toMatchObject({ requests: 140, ok: 140, arrivals: 140 });
  });

  it('comes to the same with three segments', async () => {
    const { clock, outcome } = setUp(specOf({ checks: ['failed.rate <= 0% for 5s'] }), { segments: 3 });
    await clock.advanceAsync(20_000);
    expect(outcome.value?.verdict).toBe('pass');
    expect(outcome.value?.tally.total().counts.requests).toBe(140);
  });

  it('fails when a check does, and says by what', async () => {
    const { clock, load, outcome } = setUp(specOf({ checks: ['failed.rate <= 1% in stages'] }));
    load.answerAt = (offsetMs) => ({ latencyMs: 20, isOk: offsetMs < 8_000 });
    await clock.advanceAsync(20_000);
    expect(outcome.value).toMatchObject({
      verdict: 'fail',
      checks: [{ state: 'fail', actual: 0.2, samples: 100 }],
    });
  });

  it('a check for some seconds must hold in each window of them', async () => {
    const { clock, load, outcome } = setUp(specOf({ checks: ['failed.rate <= 50% for 2s'] }));
    load.answerAt = (offsetMs) => ({ latencyMs: 20, isOk: offsetMs < 4_000 || offsetMs >= 6_000 });
    await clock.advanceAsync(20_000);
    expect(outcome.value?.checks).toMatchObject([{ state: 'fail', actual: 1 }]);
  });

  it('is aborted by a guardrail that was true for two seconds, and recovers', async () => {
    const { clock, load, log, outcome } = setUp(specOf({ guardrails: ['failed.rate > 50% for 2s'] }));
    load.answerAt = (offsetMs) => ({ latencyMs: 20, isOk: offsetMs < 5_000 });
    await clock.advanceAsync(20_000);
    expect(log.slice(3)).toEqual([
      '7: tripped: failed.rate > 50% for 2s',
      '7: draining',
      '7: recovering',
      '7: faults removed',
      '7.4: aborted',
    ]);
    expect(outcome.value).toMatchObject({
      verdict: 'fail',
      guardrails: [{ guardrail: 'failed.rate > 50% for 2s', trippedBy: 1, unit: 'ratio' }],
    });
    expect(load.sentMs.at(-1)).toBe(6_900);
  });

  it('is aborted by the lever in its baseline, cuts what is in flight and still recovers', async () => {
    const { clock, load, run, log, outcome } = setUp();
    load.answerAt = () => ({ latencyMs: 900, isOk: true });
    await clock.advanceAsync(1_000);
    run.abort({ by: 'lever', reason: 'engaged' }, 'now');
    await clock.advanceAsync(20_000);
    expect(log.slice(2)).toEqual(['-1: recovering', '-1: faults removed', '-1: aborted']);
    expect(outcome.value?.verdict).toBe('inconclusive');
    expect(outcome.value?.tally.total().counts).toMatchObject({ ok: 2, failed: 9 });
  });

  it('is aborted by a signal: what is in flight may end, and a second signal hurries that', async () => {
    const { clock, load, run, log, outcome } = setUp();
    load.answerAt = () => ({ latencyMs: 1_900, isOk: true });
    await clock.advanceAsync(3_000);
    run.abort({ by: 'signal', reason: 'SIGINT' }, 'graceful');
    await clock.advanceAsync(500);
    run.abort({ by: 'signal', reason: 'SIGINT' }, 'now');
    await clock.advanceAsync(20_000);
    expect(log.slice(3, 5)).toEqual(['1: draining', '1.5: recovering']);
    expect(outcome.value?.state).toMatchObject({ kind: 'aborted', abort: { by: 'signal' } });
  });

  it('that was aborted before it began has sent nothing', async () => {
    const clock = new FakeClock();
    const load = new ScriptedLoad(clock);
    const spec = specOf();
    const run = new LocalRun(
      { spec, plan: planOf(spec), isDryRun: false },
      {
        clock,
        wallNowMs: () => 0,
        load,
        faults: { apply: fail, remove: fail, removeAll: fail },
        canary: fail,
        onNews: () => {},
      },
    );
    run.abort({ by: 'user', reason: '' }, 'graceful');
    expect(await run.run()).toMatchObject({ state: { kind: 'aborted' }, startedAtMs: undefined });
    expect(load.shares).toEqual([]);
  });

  it('does to the target what the plan says, at its time', async () => {
    const spec = specOf({ faults: [CRASH] });
    const drill = {
      namespace: 'demo',
      selector: { app: 'x' },
      mode: 'one',
      action: 'evict',
      atMs: 4_000,
    } as const;
    const { clock, log } = setUp({ ...spec, drill });
    await clock.advanceAsync(20_000);
    expect(log.slice(3, 6)).toEqual(['3: crash applied', '3.5: crash removed', '4: drill']);
  });

  it('whose fault cannot be applied is an error of ours', async () => {
    const { clock, log, world, outcome } = setUp(specOf({ faults: [CRASH] }));
    world.faultsWork = false;
    await clock.advanceAsync(20_000);
    expect(log.slice(3)).toEqual(['3: crash failed', '3: recovering', '3: faults removed', '3.4: errored']);
    expect(outcome.value?.state).toMatchObject({ message: 'the fault crash could not be applied: no route' });
    expect(outcome.value?.verdict).toBe('error');
  });

  it('whose target does not answer afterwards has failed', async () => {
    const { clock, log, world, outcome } = setUp();
    world.answers = false;
    await clock.advanceAsync(30_000);
    expect(log.at(-1)).toBe('21.8: completed');
    expect(outcome.value).toMatchObject({ verdict: 'fail', state: { isRecovered: false } });
  });

  it('whose generator was too slow proves nothing', async () => {
    const { clock, load, outcome } = setUp(specOf({ checks: ['latency.p99 < 10ms'] }));
    load.lagMs = 150;
    await clock.advanceAsync(20_000);
    expect(outcome.value?.verdict).toBe('inconclusive');
    expect(outcome.value?.checks).toMatchObject([{ state: 'inconclusive' }]);
  });

  it('whose load has a bug is an error, and the target is made whole', async () => {
    const { clock, load, log, outcome } = setUp();
    load.bug = new Error('a bug');
    await clock.advanceAsync(20_000);
    expect(log).toContain('-2: faults removed');
    expect(outcome.value?.state).toMatchObject({ kind: 'errored', message: 'a bug' });
  });

  it('that is dry has a plan, and sends nothing', async () => {
    const { clock, load, log, outcome } = setUp(specOf({ checks: ['latency.p99 < 10ms'] }), {
      isDryRun: true,
    });
    await clock.advanceAsync(20_000);
    expect(log).toEqual(['-2: preparing', '-2: completed']);
    expect(load.shares).toEqual([]);
    expect(outcome.value).toMatchObject({ verdict: 'inconclusive', checks: [], startedAtMs: undefined });
  });

  it('leaves no timer behind', async () => {
    const { clock } = setUp();
    await clock.advanceAsync(20_000);
    expect(clock.pendingTimers).toBe(0);
  });
});

async function fail(): Promise<never> {
  return Promise.reject(new Error('it must not come to this'));
}
