import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '#libs/testing';
import { RUN_PHASES } from '#libs/stats';
import { ScriptedLoad, planOf, specOf } from './scripted-load.spec-helper.ts';
import { SegmentRun, type SegmentControls } from './segment-run.ts';

const T0 = 100_000;

function setUp({ segment = 0, segments = 1, fromMs = -2_000, nowMs = T0 - 5_000, spec = specOf() } = {}) {
  const clock = new FakeClock(nowMs);
  const load = new ScriptedLoad(clock);
  const stop = new AbortController();
  const cut = new AbortController();
  const lease = { heldUntilMs: Infinity };
  const controls: SegmentControls = {
    stop: stop.signal,
    cut: cut.signal,
    maySend: () => clock.nowMs() < lease.heldUntilMs,
  };
  const order = { spec, plan: planOf(spec, segments), segment, t0AtMs: T0, fromMs };
  const run = new SegmentRun(order, controls, load, clock);
  let end = 'none';
  const over = run.run().then(
    () => (end = 'over'),
    (error: Error) => (end = error.message),
  );
  return { clock, load, stop, cut, lease, run, over, endOf: () => end };
}

describe('a segment', () => {
  it('sends nothing before the baseline, and then all phases', async () => {
    const { clock, load, run, over } = setUp();
    await clock.advanceAsync(2_999);
    expect(load.sentMs).toEqual([]);
    await clock.advanceAsync(14_100);
    await over;
    expect(load.sentMs[0]).toBe(-2_000);
    expect(load.sentMs.at(-1)).toBe(11_900);
    const { tally } = run.count();
    expect(RUN_PHASES.map((phase) => tally[phase].counts.requests)).toEqual([20, 100, 20]);
  });

  it('shares the arrivals with the other segments: each is sent once', async () => {
    const parts = [0, 1, 2].map((segment) => setUp({ segment, segments: 3 }));
    for (const { clock } of parts) await clock.advanceAsync(20_000);
    const all = parts.flatMap(({ load }) => load.sentMs).toSorted((a, b) => a - b);
    const { clock, load } = setUp();
    await clock.advanceAsync(20_000);
    expect(all).toEqual(load.sentMs);
  });

  it('counts what nobody sent before it took over, and does not make up for it', async () => {
    const { clock, load, run, over } = setUp({ nowMs: T0 + 5_000, fromMs: 1_000 });
    await clock.advanceAsync(8_000);
    await over;
    // The last second before it is made up for: late, and no burst.
    expect(load.sentMs[0]).toBe(4_000);
    const { stages } = run.count().tally;
    expect(stages.counts).toMatchObject({ missed: 30, requests: 60 });
  });

  it('reports the seconds that are over, and from when on nobody has counted', async () => {
    const { clock, run } = setUp();
    expect(run.count()).toMatchObject({ stage: 'sending', untilMs: -2_000, inFlight: 0 });
    await clock.advanceAsync(5_000 + 3_010);
    const { stage, untilMs, inFlight, seconds } = run.count();
    expect({ stage, untilMs, inFlight }).toEqual({ stage: 'sending', untilMs: 3_010, inFlight: 1 });
    expect(seconds.map(({ second, counts }) => [second, counts.requests])).toEqual([
      [-2, 10],
      [-1, 10],
      [0, 10],
      [1, 10],
      [2, 10],
    ]);
  });

  it('reports every second that it says is over, also when time goes on while it counts', async () => {
    const { clock, run } = setUp();
    await clock.advanceAsync(5_000 + 2_999.5);
    let nowMs = clock.nowMs();
    vi.spyOn(clock, 'nowMs').mockImplementation(() => (nowMs += 0.3));
    for (let i = 0; i < 5; i += 1) {
      const { untilMs, seconds } = run.count();
      expect(seconds.at(-1)?.second).toBe(Math.floor(untilMs / 1_000) - 1);
    }
  });

  it('has not seen to an arrival whose timer is late, so that whoever takes over does', async () => {
    const { clock, load, run } = setUp();
    load.timerLagMs = 30;
    await clock.advanceAsync(5_000 + 1_010);
    expect(load.sentMs.at(-1)).toBe(900);
    expect(run.count().untilMs).toBe(1_000);
  });

  it('counts as missed what its end came before', async () => {
    const { clock, load, run, over } = setUp();
    load.timerLagMs = 250;
    await clock.advanceAsync(20_000);
    await over;
    expect(load.sentMs.at(-1)).toBe(11_700);
    expect(run.count().tally.recovery.counts).toMatchObject({ requests: 18, missed: 2 });
  });

  it('awaits what is in flight at its end, and cuts it when it has had its time', async () => {
    const { clock, load, run, endOf } = setUp();
    load.answerAt = (offsetMs) => ({ latencyMs: offsetMs === 11_900 ? 60_000 : 20, isOk: true });
    await clock.advanceAsync(5_000 + 12_000);
    expect(run.count()).toMatchObject({ stage: 'draining', untilMs: 12_000, inFlight: 1 });
    // The deadline of 2 s, and 1 s for the client to see it.
    await clock.advanceAsync(2_999);
    expect(endOf()).toBe('none');
    await clock.advanceAsync(1);
    expect(endOf()).toBe('over');
    expect(run.count().tally.recovery.counts).toMatchObject({ requests: 20, failed: 1 });
  });

  it('when stopped, starts nothing more; when cut, ends what is in flight', async () => {
    const { clock, load, stop, cut, run, endOf } = setUp();
    load.answerAt = () => ({ latencyMs: 1_500, isOk: true });
    await clock.advanceAsync(5_000 + 1_000);
    stop.abort();
    const sent = load.sentMs.length;
    await clock.advanceAsync(1_000);
    expect(load.sentMs).toHaveLength(sent);
    expect(run.count()).toMatchObject({ stage: 'draining', untilMs: 1_000 });
    cut.abort();
    await clock.advanceAsync(0);
    expect(endOf()).toBe('over');
    expect(run.count().inFlight).toBe(0);
  });

  it('that is stopped before it begins sends nothing', async () => {
    const { clock, load, stop, endOf } = setUp();
    stop.abort();
    await clock.advanceAsync(20_000);
    expect(endOf()).toBe('over');
    expect(load.shares).toEqual([]);
  });

  it('sends nothing once its lease has run out, whatever else it knows', async () => {
    const { clock, load, lease } = setUp();
    lease.heldUntilMs = T0 + 3_000;
    await clock.advanceAsync(20_000);
    expect(load.sentMs.at(-1)).toBe(2_900);
  });

  it('splits what may be in flight over the open scenarios and the segments', async () => {
    const [scenario] = specOf().scenarios;
    const spec = specOf({ scenarios: [scenario!, { ...scenario!, name: 'other' }] });
    const first = setUp({ spec, segments: 3 });
    await first.clock.advanceAsync(5_000);
    expect(first.load.shares.map(({ maxInFlight }) => maxInFlight)).toEqual([17, 17]);
  });

  it('ends with the bug of a load', async () => {
    const { clock, load, endOf } = setUp();
    load.bug = new Error('a bug');
    await clock.advanceAsync(5_000);
    expect(endOf()).toBe('a bug');
  });

  it('ends with why its load could not begin', async () => {
    const { clock, load, endOf } = setUp();
    load.refusal = new Error('too many connections');
    await clock.advanceAsync(5_000);
    expect(endOf()).toBe('too many connections');
    expect(clock.pendingTimers).toBe(0);
  });
});
