import { describe, expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import { proveRecovery } from './canary.ts';

/** Asks a target that answers as `script` says, and then as its last word; returns what was found and when. */
async function ask(script: readonly boolean[], { giveUpAtMs = Infinity } = {}) {
  const clock = new FakeClock();
  const askedAtMs: number[] = [];
  const end = new AbortController();
  const canary = async (): Promise<boolean> => {
    askedAtMs.push(clock.nowMs());
    return Promise.resolve(script[Math.min(askedAtMs.length, script.length) - 1] ?? false);
  };
  const over = proveRecovery(canary, clock, end.signal).then((isRecovered) => ({
    isRecovered,
    atMs: clock.nowMs(),
  }));
  if (giveUpAtMs !== Infinity) {
    await clock.advanceAsync(giveUpAtMs);
    end.abort();
  }
  await clock.advanceAsync(60_000);
  return { askedAtMs, ...(await over) };
}

describe('a canary', () => {
  it('is content with three answers in a row, five a second', async () => {
    expect(await ask([true])).toMatchObject({ isRecovered: true, askedAtMs: [0, 200, 400] });
  });

  it('begins anew after each failure', async () => {
    const { isRecovered, askedAtMs } = await ask([true, true, false, true]);
    expect({ isRecovered, asked: askedAtMs.length }).toEqual({ isRecovered: true, asked: 6 });
  });

  it('gives up after ten seconds', async () => {
    const { isRecovered, askedAtMs, atMs } = await ask([false]);
    expect({ isRecovered, asked: askedAtMs.length, atMs }).toEqual({
      isRecovered: false,
      asked: 50,
      atMs: 9_800,
    });
  });

  it('gives up when told to', async () => {
    expect(await ask([false], { giveUpAtMs: 300 })).toMatchObject({
      isRecovered: false,
      askedAtMs: [0, 200],
    });
  });
});
