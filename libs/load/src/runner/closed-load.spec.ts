import { describe, expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import { ClosedLoad, type ClosedLoadOptions } from './closed-load.ts';
import type { Send } from './send.ts';

const UNTIL_STOPPED: ClosedLoadOptions = { concurrency: 2, requests: 1_000_000, durationMs: Infinity };

/** A server that answers each request after `latencyMs`, and remembers when they came. */
function serverOf(clock: FakeClock, latencyMs: number): { send: Send; sentAtMs: number[] } {
  const sentAtMs: number[] = [];
  const send: Send = async () => {
    sentAtMs.push(clock.nowMs());
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, latencyMs);
    });
  };
  return { send, sentAtMs };
}

describe('a closed load', () => {
  it('has a worker send its next request when its last one is over', async () => {
    const clock = new FakeClock(1000);
    const { send, sentAtMs } = serverOf(clock, 10);
    const load = new ClosedLoad({ concurrency: 2, requests: 5, durationMs: Infinity }, send, clock);
    const over = load.run();
    await clock.advanceAsync(30);
    await over;
    expect(sentAtMs).toEqual([1000, 1000, 1010, 1010, 1020]);
    expect(load.finished).toBe(5);
    expect(load.meanLatencyMs).toBe(10);
  });

  it('sends no more than it was told, however many workers it has', async () => {
    const clock = new FakeClock();
    const { send, sentAtMs } = serverOf(clock, 10);
    const load = new ClosedLoad({ concurrency: 50, requests: 3, durationMs: Infinity }, send, clock);
    const over = load.run();
    await clock.advanceAsync(10);
    await over;
    expect(sentAtMs).toHaveLength(3);
  });

  it('starts nothing after its duration, and waits for what is in flight', async () => {
    const clock = new FakeClock();
    const { send, sentAtMs } = serverOf(clock, 40);
    const load = new ClosedLoad({ concurrency: 1, requests: Infinity, durationMs: 100 }, send, clock);
    const over = load.run();
    await clock.advanceAsync(100);
    expect(load.finished).toBe(2);
    await clock.advanceAsync(20);
    await over;
    expect(sentAtMs).toEqual([0, 40, 80]);
    expect(load.finished).toBe(3);
  });

  it('when stopped, starts nothing more and waits for what is in flight', async () => {
    const clock = new FakeClock();
    const { send, sentAtMs } = serverOf(clock, 10);
    const load = new ClosedLoad(UNTIL_STOPPED, send, clock);
    const over = load.run();
    await clock.advanceAsync(5);
    load.stop();
    await clock.advanceAsync(5);
    await over;
    expect(sentAtMs).toEqual([0, 0]);
    expect(load.finished).toBe(2);
  });

  it('ends with what a worker threw, once the others are done', async () => {
    const clock = new FakeClock();
    const { send, sentAtMs } = serverOf(clock, 10);
    const bug = new Error('a bug');
    const load = new ClosedLoad(
      UNTIL_STOPPED,
      async (seq, intendedAtMs) => {
        if (sentAtMs.length === 1) throw bug;
        await send(seq, intendedAtMs);
      },
      clock,
    );
    const over = load.run().then(
      () => 'no bug',
      (error: unknown) => error,
    );
    await clock.advanceAsync(10);
    expect(await over).toBe(bug);
    expect(load.finished).toBe(1);
  });

  it('knows how far it has come by the nearer of its two limits', async () => {
    const clock = new FakeClock();
    const { send } = serverOf(clock, 10);
    const load = new ClosedLoad({ concurrency: 1, requests: 10, durationMs: 50 }, send, clock);
    const over = load.run();
    await clock.advanceAsync(20);
    expect(load.progress).toBe(0.4);
    await clock.advanceAsync(30);
    await over;
    expect(load.progress).toBe(1);
  });

  it('numbers its requests from 0 in the order of their starts, and those of the baseline down from −1', async () => {
    const clock = new FakeClock();
    const numbered: [seq: number, intendedAtMs: number][] = [];
    const { send } = serverOf(clock, 10);
    const options = { concurrency: 2, durationMs: 15, baselineMs: 20, recoveryMs: 5 };
    const load = new ClosedLoad(
      options,
      async (seq, intendedAtMs) => {
        numbered.push([seq, intendedAtMs]);
        await send(seq, intendedAtMs);
      },
      clock,
    );
    const over = load.run();
    await clock.advanceAsync(100);
    await over;
    expect(numbered).toEqual([
      [-1, 0],
      [-2, 0],
      [-3, 10],
      [-4, 10],
      [0, 20],
      [1, 20],
      [2, 30],
      [3, 30],
    ]);
    expect([load.started, load.finished]).toEqual([4, 8]);
  });

  it('in segments shares its workers and its requests, and each takes its own numbers', async () => {
    const clock = new FakeClock();
    const numbers: number[][] = [[], [], []];
    const loads = numbers.map((taken, index) => {
      const { send } = serverOf(clock, 10);
      const options = {
        concurrency: 2,
        requests: 5,
        durationMs: Infinity,
        baselineMs: 5,
        segment: { index, count: 3 },
      };
      return new ClosedLoad(
        options,
        async (seq, intendedAtMs) => {
          taken.push(seq);
          await send(seq, intendedAtMs);
        },
        clock,
      );
    });
    const over = Promise.all(loads.map(async (load) => load.run()));
    await clock.advanceAsync(100);
    await over;
    expect(numbers).toEqual([[-3, 0, 3], [-2, 1, 4], []]);
  });

  it('has no latency before the first request is over', () => {
    const clock = new FakeClock();
    expect(new ClosedLoad(UNTIL_STOPPED, serverOf(clock, 1).send, clock).meanLatencyMs).toBe(0);
  });

  it.each([
    [{ concurrency: 0 }, 'concurrency must be a whole number from 1 to 65535, got 0'],
    [{ requests: 0.5 }, 'requests must be a whole number from 1, or Infinity, got 0.5'],
    [{ durationMs: 0 }, 'durationMs must be a number of milliseconds above 0, or Infinity, got 0'],
    [{ requests: Infinity }, 'durationMs must be finite where requests is not, got Infinity'],
  ])('refuses %j', (given, sentence) => {
    const clock = new FakeClock();
    const options = { ...UNTIL_STOPPED, ...given };
    expect(() => new ClosedLoad(options, serverOf(clock, 1).send, clock)).toThrow(sentence);
  });
});
