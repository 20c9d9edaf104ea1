import { describe, expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import type { ActStage } from '../repositories/runs.ts';
import { Acts } from './acts.ts';
import { LostClaimError } from './lost-claim-error.ts';

const CLAIM = { runId: 'run_1', epoch: '2' };

function setUp({ answerMs = 0, isOurs = true } = {}) {
  const clock = new FakeClock();
  const stages = new Map<string, ActStage>();
  const log: string[] = [];
  const runs = {
    beginAct: async (_: unknown, act: string) => {
      clock.advance(answerMs);
      if (!isOurs) throw new LostClaimError(CLAIM.runId);
      const before = stages.get(act);
      if (before === undefined) stages.set(act, 'begun');
      return Promise.resolve(before);
    },
    endAct: async (_: unknown, act: string) => {
      stages.set(act, 'done');
      return Promise.resolve();
    },
  };
  const crash = async (): Promise<void> => {
    log.push('crash');
    return Promise.resolve();
  };
  return { acts: new Acts(runs, CLAIM, clock), stages, log, crash };
}

describe('an act on the target', () => {
  it('is done once, whoever asks again', async () => {
    const { acts, stages, log, crash } = setUp();
    await acts.once('the fault crash', crash);
    await acts.once('the fault crash', crash);
    expect(log).toEqual(['crash']);
    expect(stages.get('the fault crash')).toBe('done');
  });

  it('is not done by an owner that was replaced while it stood still', async () => {
    const { acts, log, crash } = setUp({ isOurs: false });
    await expect(acts.once('the fault crash', crash)).rejects.toThrow(LostClaimError);
    expect(log).toEqual([]);
  });

  it('is not done on an answer that is old', async () => {
    const { acts, log, crash } = setUp({ answerMs: 2_001 });
    await expect(acts.once('the fault crash', crash)).rejects.toThrow(
      'the fault crash: Redis answered too late',
    );
    expect(log).toEqual([]);
  });

  it('that an owner began before it ended is nobody else’s to do', async () => {
    const { acts, stages, log, crash } = setUp();
    stages.set('the fault crash', 'begun');
    await expect(acts.once('the fault crash', crash)).rejects.toThrow(
      'the fault crash: the worker that began it ended before it was done',
    );
    expect(log).toEqual([]);
  });
});
