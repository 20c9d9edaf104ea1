import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '#libs/stats';
import { FakeClock, settle } from '#libs/testing';
import { ArrivalSchedule, type ArrivalOptions } from '#libs/load';
import { OpenLoad, type OpenLoadOptions } from './open-load.ts';
import type { Send } from './send.ts';

const TEN_A_SECOND: ArrivalOptions = { stages: [{ durationMs: 1000, targetPerSecond: 10 }] };

/** A clock whose process is held up: time has gone on, and every timer comes that much too late. */
class HeldUpClock extends FakeClock {
  heldUpMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.heldUpMs;
  }
}

/** A load whose requests take `latencyMs` each, and what became of its arrivals. */
class Scene {
  readonly clock = new HeldUpClock();
  readonly sent: { readonly seq: number; readonly atMs: number; readonly lagMs: number }[] = [];
  readonly missed: number[] = [];
  readonly fromIntended = new LatencyHistogram();
  readonly fromSend = new LatencyHistogram();
  readonly load: OpenLoad;
  over = false;
  inFlightMost = 0;

  constructor(
    arrivals: ArrivalOptions,
    options: Partial<OpenLoadOptions> = {},
    latencyMs = 10,
    send: Send = async (_seq, intendedAtMs) => this.#answer(intendedAtMs, latencyMs),
  ) {
    this.load = new OpenLoad(
      {
        schedule: new ArrivalSchedule(arrivals),
        t0AtMs: 0,
        maxConcurrency: 100,
        drainMs: 1000,
        ...options,
      },
      send,
      {
        onSent: (seq, lagMs) => this.sent.push({ seq, atMs: this.clock.nowMs(), lagMs }),
        onMissed: (seq) => this.missed.push(seq),
      },
      this.clock,
    );
  }

  get sentSeqs(): number[] {
    return this.sent.map(({ seq }) => seq);
  }

  async run(): Promise<void> {
    await this.load.run();
    this.over = true;
  }

  async #answer(intendedAtMs: number, latencyMs: number): Promise<void> {
    const sentAtMs = this.clock.nowMs();
    this.inFlightMost = Math.max(this.inFlightMost, this.load.inFlight);
    await new Promise<void>((resolve) => {
      this.clock.setTimer(resolve, latencyMs);
    });
    this.fromIntended.record(this.clock.nowMs() - intendedAtMs);
    this.fromSend.record(this.clock.nowMs() - sentAtMs);
  }
}

describe('an open load', () => {
  it('sends each arrival at its time, and does not wait for answers', async () => {
    const scene = new Scene({ stages: [{ durationMs: 500, targetPerSecond: 10 }] }, {}, 10_000);
    void scene.run();
    await scene.clock.advanceAsync(499);
    expect(scene.sent).toEqual([0, 1, 2, 3, 4].map((seq) => ({ seq, atMs: seq * 100, lagMs: 0 })));
    expect(scene.load.inFlight).toBe(5);
  });

  it('waits for t = 0, before which the baseline comes', async () => {
    const scene = new Scene({ ...TEN_A_SECOND, baselineMs: 200 }, { t0AtMs: 1000 });
    void scene.run();
    await scene.clock.advanceAsync(1050);
    expect(scene.sent.map(({ seq, atMs }) => [seq, atMs])).toEqual([
      [-2, 800],
      [-1, 900],
      [0, 1000],
    ]);
  });

  it('is over when the last request is, and keeps no timer', async () => {
    const scene = new Scene(TEN_A_SECOND);
    const running = scene.run();
    await scene.clock.advanceAsync(909);
    expect(scene.over).toBe(false);
    await scene.clock.advanceAsync(1);
    await running;
    expect([scene.load.finished, scene.load.inFlight, scene.clock.pendingTimers]).toEqual([10, 0, 0]);
  });

  it('keeps its times for 10 minutes at 977 a second', async () => {
    const scene = new Scene(
      { stages: [{ durationMs: 600_000, targetPerSecond: 977 }] },
      { fromSeq: 977 * 599 },
      0,
    );
    void scene.run();
    await scene.clock.advanceAsync(598_999);
    expect(scene.sent).toEqual([]);
    await scene.clock.advanceAsync(1001);
    expect(scene.sent).toHaveLength(977);
    expect(scene.sent[0]).toEqual({ seq: 977 * 599, atMs: 599_000, lagMs: 0 });
  });

  it('in segments sends every arrival once', async () => {
    const scenes = [0, 1, 2].map(
      (index) => new Scene({ ...TEN_A_SECOND, baselineMs: 500 }, { segment: { index, count: 3 } }),
    );
    for (const scene of scenes) {
      void scene.run();
      await scene.clock.advanceAsync(2000);
    }
    expect(scenes.map(({ sentSeqs }) => sentSeqs)).toEqual([
      [-3, 0, 3, 6, 9],
      [-5, -2, 1, 4, 7],
      [-4, -1, 2, 5, 8],
    ]);
  });

  it('goes on from where another has left off', async () => {
    const scene = new Scene(TEN_A_SECOND, { fromSeq: 7 });
    void scene.run();
    await scene.clock.advanceAsync(2000);
    expect(scene.sentSeqs).toEqual([7, 8, 9]);
  });
});

describe('an open load that was held up for 500 ms', () => {
  async function heldUp(options: Partial<OpenLoadOptions> = {}): Promise<Scene> {
    const scene = new Scene(TEN_A_SECOND, options);
    void scene.run();
    await scene.clock.advanceAsync(150);
    scene.clock.heldUpMs = 500;
    await scene.clock.advanceAsync(1000);
    return scene;
  }

  it('sends what is late at once, knows how late that was, and is on time afterwards', async () => {
    const { sent } = await heldUp();
    expect(sent.map(({ seq, atMs, lagMs }) => [seq, atMs, lagMs])).toEqual([
      [0, 0, 0],
      [1, 100, 0],
      [2, 700, 500],
      [3, 700, 400],
      [4, 700, 300],
      [5, 700, 200],
      [6, 700, 100],
      [7, 700, 0],
      [8, 800, 0],
      [9, 900, 0],
    ]);
  });

  it('shows it in the latency from the intended start, and not in that from the send', async () => {
    const { fromIntended, fromSend } = await heldUp();
    expect(Math.floor(fromIntended.maxMs)).toBe(510);
    expect(Math.floor(fromIntended.quantileMs(0.5))).toBe(10);
    expect(Math.floor(fromSend.maxMs)).toBe(10);
  });

  it('keeps to its limit when it catches up: what finds no room is missed', async () => {
    const { sentSeqs, missed } = await heldUp({ maxConcurrency: 2 });
    expect([sentSeqs, missed]).toEqual([
      [0, 1, 2, 3, 8, 9],
      [4, 5, 6, 7],
    ]);
  });
});

describe('an open load with little room', () => {
  it('never has more in flight, and counts an arrival that finds no room as missed', async () => {
    const scene = new Scene(TEN_A_SECOND, { maxConcurrency: 2 }, 250);
    void scene.run();
    await scene.clock.advanceAsync(2000);
    expect(scene.inFlightMost).toBe(2);
    expect(scene.sentSeqs).toEqual([0, 1, 3, 4, 6, 7, 9]);
    expect(scene.missed).toEqual([2, 5, 8]);
    expect([scene.load.finished, scene.load.missed]).toEqual([7, 3]);
    expect(scene.over).toBe(true);
  });
});

describe('an open load that ends', () => {
  it('by hand sends no more and waits for what is in flight', async () => {
    const scene = new Scene(TEN_A_SECOND, {}, 300);
    void scene.run();
    await scene.clock.advanceAsync(150);
    scene.load.stop();
    await scene.clock.advanceAsync(249);
    expect([scene.sentSeqs, scene.over]).toEqual([[0, 1], false]);
    await scene.clock.advanceAsync(1);
    expect([scene.over, scene.load.finished, scene.clock.pendingTimers]).toEqual([true, 2, 0]);
  });

  it('waits no longer than it was told, and says what was left', async () => {
    const scene = new Scene(TEN_A_SECOND, { drainMs: 50 }, 10_000);
    void scene.run();
    await scene.clock.advanceAsync(150);
    scene.load.stop();
    scene.load.stop();
    await scene.clock.advanceAsync(50);
    expect([scene.over, scene.load.inFlight]).toEqual([true, 2]);
    await scene.clock.advanceAsync(10_000);
    expect([scene.load.inFlight, scene.load.finished, scene.sentSeqs]).toEqual([0, 2, [0, 1]]);
  });

  it('before it began has sent nothing', async () => {
    const scene = new Scene(TEN_A_SECOND);
    scene.load.stop();
    await scene.run();
    expect([scene.sent, scene.clock.pendingTimers]).toEqual([[], 0]);
  });

  it('by a bug ends with it, once the others are done', async () => {
    const bug = new Error('a bug');
    const scene = new Scene(TEN_A_SECOND, {}, 0, async (seq) => {
      if (seq === 1) throw bug;
      await new Promise<void>((resolve) => {
        scene.clock.setTimer(resolve, 300);
      });
    });
    const ending = scene.load.run().then(
      () => 'no bug',
      (error: unknown) => error,
    );
    await scene.clock.advanceAsync(1000);
    expect(await ending).toBe(bug);
    expect(scene.sentSeqs).toEqual([0, 1]);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('knows how far it has come', async () => {
    const scene = new Scene({ ...TEN_A_SECOND, baselineMs: 500, recoveryMs: 500 }, { t0AtMs: 500 });
    void scene.run();
    await settle();
    expect(scene.load.progress).toBe(0);
    await scene.clock.advanceAsync(1000);
    expect(scene.load.progress).toBe(0.5);
    await scene.clock.advanceAsync(5000);
    expect(scene.load.progress).toBe(1);
  });
});

it.each([
  [{ maxConcurrency: 0 }, 'maxConcurrency must be a whole number from 1 to 65535, got 0'],
  [{ drainMs: -1 }, 'drainMs must be a whole number from 0 to 86400000, got -1'],
])('an open load with %j is refused', (given, sentence) => {
  expect(() => new Scene(TEN_A_SECOND, given)).toThrow(sentence);
});
