import { seededRng, type Rng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../call.ts';
import { resolveBreakerOptions, type BreakerOptions } from './breaker-options.ts';
import type { BreakerTransition } from './breaker-state.ts';
import { Breaker } from './breaker.ts';
import type { Permit } from './permit.ts';

/** Draws the start of every range: intervals are exact, and a dial is due at once. */
const lowest: Rng = { next: () => 0 };

class Bench {
  readonly transitions: BreakerTransition[] = [];
  readonly breaker: Breaker;

  constructor(options: BreakerOptions = {}, rng: Rng = lowest) {
    this.breaker = new Breaker(resolveBreakerOptions(options), rng, (transition) =>
      this.transitions.push(transition),
    );
  }

  /** The story so far: `from>to cause @ms`. */
  get story(): string[] {
    return this.transitions.map(({ from, to, cause, atMs }) => `${from}>${to} ${cause} @${atMs}`);
  }

  permit(nowMs: number): Permit {
    const answer = this.breaker.admit(nowMs);
    if (!answer.admitted) throw new Error(`refused at ${nowMs}: ${answer.cause}`);
    return answer;
  }

  succeed(calls: number, nowMs: number): void {
    for (let i = 0; i < calls; i += 1) this.permit(nowMs).success(nowMs);
  }

  fail(calls: number, nowMs: number, kind: FailureKind = 'other'): void {
    for (let i = 0; i < calls; i += 1) this.permit(nowMs).failure(nowMs, kind);
  }
}

/** Opened by rate at 0, for 1,000 ms. */
function openedByRate(options?: BreakerOptions, rng?: Rng): Bench {
  const bench = new Bench(options, rng);
  bench.fail(20, 0);
  return bench;
}

function openedByConnect(options?: BreakerOptions, rng?: Rng): Bench {
  const bench = new Bench(options, rng);
  bench.fail(5, 0, 'connect');
  return bench;
}

describe('a closed breaker', () => {
  it('admits without allocating: all calls share one permit', () => {
    const bench = new Bench();
    expect(bench.permit(0)).toBe(bench.permit(1));
  });

  it('stays closed below 20 calls, though all fail', () => {
    const bench = new Bench();
    bench.fail(19, 0);
    expect(bench.breaker.state.kind).toBe('closed');
  });

  it('stays closed below half of the calls failed', () => {
    const bench = new Bench();
    bench.succeed(51, 0);
    bench.fail(50, 0);
    expect(bench.breaker.state.kind).toBe('closed');
    bench.fail(1, 0);
    expect(bench.story).toEqual(['closed>open rate @0']);
  });

  it('opens at the 20th call, told with the window', () => {
    const bench = new Bench();
    bench.succeed(10, 0);
    bench.fail(10, 500);
    expect(bench.breaker.state).toEqual({ kind: 'open', cause: 'rate', untilMs: 1500 });
    expect(bench.transitions).toEqual([
      { from: 'closed', to: 'open', cause: 'rate', atMs: 500, window: { calls: 20, failures: 10, slow: 0 } },
    ]);
  });

  it('is not opened by a success, even as the 20th call', () => {
    const bench = new Bench();
    bench.fail(19, 0);
    bench.succeed(1, 0);
    expect(bench.breaker.state.kind).toBe('closed');
  });

  it('forgets calls older than ten seconds', () => {
    const bench = new Bench();
    bench.fail(19, 0);
    expect(bench.breaker.window(9999)).toEqual({ calls: 19, failures: 19, slow: 0 });
    bench.fail(1, 10_000);
    expect(bench.breaker.state.kind).toBe('closed');
    expect(bench.breaker.window(10_000)).toEqual({ calls: 1, failures: 1, slow: 0 });
  });

  it('does not count what was no call', () => {
    const bench = new Bench();
    for (let i = 0; i < 100; i += 1) bench.permit(0).forget(0);
    expect(bench.breaker.window(0)).toEqual({ calls: 0, failures: 0, slow: 0 });
  });

  it('opens at the fifth connect failure in a row', () => {
    const bench = new Bench();
    bench.fail(4, 0, 'connect');
    expect(bench.breaker.state.kind).toBe('closed');
    bench.fail(1, 7, 'connect');
    expect(bench.story).toEqual(['closed>open connect @7']);
  });

  it('counts connect failures anew after a call that succeeded', () => {
    const bench = new Bench();
    bench.fail(4, 0, 'connect');
    bench.succeed(1, 0);
    bench.fail(4, 0, 'connect');
    expect(bench.breaker.state.kind).toBe('closed');
  });

  it('counts connect failures anew after a dial that connected', () => {
    const bench = new Bench();
    bench.fail(4, 0, 'connect');
    bench.breaker.onDialConnected(0);
    bench.fail(4, 0, 'connect');
    expect(bench.breaker.state.kind).toBe('closed');
  });

  it('counts on through other failures and through what was no call', () => {
    const bench = new Bench();
    bench.fail(4, 0, 'connect');
    bench.fail(3, 0);
    bench.permit(0).forget(0);
    bench.fail(1, 0, 'connect');
    expect(bench.story).toEqual(['closed>open connect @0']);
  });

  it('opens by connect when one failure fulfils both', () => {
    const bench = new Bench();
    bench.fail(15, 0);
    bench.fail(5, 0, 'connect');
    expect(bench.story).toEqual(['closed>open connect @0']);
  });

  it('wants no background dial', () => {
    expect(new Bench().breaker.onDialFailed(0)).toBeUndefined();
  });
});

describe('a breaker opened by rate', () => {
  it('refuses until the interval is over, and says when that is', () => {
    const bench = openedByRate();
    expect(bench.breaker.admit(999)).toEqual({ admitted: false, cause: 'rate', retryAtMs: 1000 });
    expect(bench.permit(1000).admitted).toBe(true);
    expect(bench.story).toEqual(['closed>open rate @0', 'open>half-open interval-over @1000']);
  });

  it('stays open through late results of calls from before', () => {
    const bench = new Bench();
    const late = bench.permit(0);
    bench.fail(20, 0);
    late.success(1);
    late.failure(2, 'connect');
    late.forget(3);
    expect(bench.story).toEqual(['closed>open rate @0']);
  });

  it('does not care for dials', () => {
    const bench = openedByRate();
    bench.breaker.onDialConnected(1);
    expect(bench.breaker.onDialFailed(1)).toBeUndefined();
    expect(bench.breaker.state.kind).toBe('open');
  });

  it('makes the interval a fifth longer with each failed trial, up to 30 s', () => {
    const bench = openedByRate();
    const intervals: number[] = [];
    for (let i = 0; i < 22; i += 1) {
      const { state } = bench.breaker;
      if (state.kind !== 'open') throw new Error(`it is ${state.kind}`);
      const openedAtMs = bench.transitions.at(-1)?.atMs ?? 0;
      intervals.push(Math.round(state.untilMs - openedAtMs));
      bench.fail(1, state.untilMs);
    }
    expect(intervals.slice(0, 5)).toEqual([1000, 1200, 1440, 1728, 2074]);
    expect(intervals.slice(-4)).toEqual([26_623, 30_000, 30_000, 30_000]);
  });

  it('begins with the first interval again once it has been closed', () => {
    const bench = openedByRate();
    bench.fail(1, 1000);
    bench.succeed(3, 3000);
    bench.fail(20, 4000);
    expect(bench.breaker.state).toEqual({ kind: 'open', cause: 'rate', untilMs: 5000 });
  });

  it('shortens each interval by up to a fifth, at random', () => {
    const rng = seededRng(11);
    const intervals = Array.from({ length: 500 }, () => {
      const { state } = openedByRate({}, rng).breaker;
      return state.kind === 'open' ? state.untilMs : Number.NaN;
    });
    expect(Math.min(...intervals)).toBeGreaterThan(800);
    expect(Math.min(...intervals)).toBeLessThan(810);
    expect(Math.max(...intervals)).toBeLessThanOrEqual(1000);
    expect(Math.max(...intervals)).toBeGreaterThan(990);
  });
});

describe('a breaker opened by connect', () => {
  it('refuses, and says only how long its patience with the dial lasts', () => {
    expect(openedByConnect().breaker.admit(1)).toEqual({
      admitted: false,
      cause: 'connect',
      retryAtMs: 30_000,
    });
  });

  it('half-opens at the very moment a dial connects', () => {
    const bench = openedByConnect();
    bench.breaker.onDialConnected(137);
    expect(bench.story).toEqual(['closed>open connect @0', 'open>half-open dial-connected @137']);
    bench.succeed(3, 140);
    expect(bench.breaker.state.kind).toBe('closed');
  });

  it('asks for dials with full jitter: 10 ms, doubled, up to 250 ms', () => {
    const bench = openedByConnect({}, { next: () => 1 - Number.EPSILON });
    const { state } = bench.breaker;
    if (state.kind !== 'open' || state.cause !== 'connect') throw new Error(`it is ${state.kind}`);
    const waits = [state.nextDialAtMs];
    for (let i = 0; i < 6; i += 1) waits.push((bench.breaker.onDialFailed(1000) ?? Number.NaN) - 1000);
    expect(waits.map(Math.round)).toEqual([10, 20, 40, 80, 160, 250, 250]);
  });

  it('shows when the next dial is due', () => {
    const bench = openedByConnect({}, { next: () => 0.5 });
    expect(bench.breaker.state).toMatchObject({ cause: 'connect', nextDialAtMs: 5 });
    expect(bench.breaker.onDialFailed(8)).toBe(18);
    expect(bench.breaker.state).toMatchObject({ cause: 'connect', nextDialAtMs: 18 });
  });

  it('keeps the pace of the dials when a trial could not connect after all', () => {
    const bench = openedByConnect({}, { next: () => 0.5 });
    bench.breaker.onDialConnected(100);
    bench.fail(1, 100, 'connect');
    expect(bench.breaker.state).toMatchObject({ kind: 'open', cause: 'connect', nextDialAtMs: 110 });
  });

  it('begins with the first pace again once it has been closed', () => {
    const bench = openedByConnect({}, { next: () => 0.5 });
    for (let i = 0; i < 5; i += 1) bench.breaker.onDialFailed(i);
    bench.breaker.onDialConnected(100);
    bench.succeed(3, 100);
    bench.fail(5, 200, 'connect');
    expect(bench.breaker.state).toMatchObject({ cause: 'connect', nextDialAtMs: 205 });
  });

  it('lets trials through when no dial is reported for 30 s, so that a lost dial cannot hold it open', () => {
    const bench = openedByConnect();
    bench.breaker.onDialFailed(20_000);
    expect(bench.breaker.admit(49_999).admitted).toBe(false);
    expect(bench.breaker.admit(50_000).admitted).toBe(true);
  });

  it('is held open no longer by dials that could not be made here', () => {
    const bench = openedByConnect({}, { next: () => 0.5 });
    expect(bench.breaker.onDialNotMade(20_000)).toBe(20_010);
    expect(bench.breaker.state).toMatchObject({ cause: 'connect', nextDialAtMs: 20_010 });
    expect(bench.breaker.admit(29_999).admitted).toBe(false);
    expect(bench.breaker.admit(30_000).admitted).toBe(true);
    expect(bench.breaker.onDialNotMade(30_000)).toBeUndefined();
  });
});

describe('a half-open breaker', () => {
  it('gives three permits and no more', () => {
    const bench = openedByRate();
    const permits = [bench.permit(1000), bench.permit(1001), bench.permit(1002)];
    expect(new Set(permits).size).toBe(3);
    expect(bench.breaker.admit(1003)).toEqual({ admitted: false, cause: 'no-permit', retryAtMs: 61_000 });
  });

  it('closes at the third success, and not before', () => {
    const bench = openedByRate();
    bench.succeed(2, 1000);
    expect(bench.breaker.state).toMatchObject({ kind: 'half-open', successes: 2 });
    const last = bench.permit(1001);
    expect(bench.breaker.admit(1001)).toMatchObject({ cause: 'no-permit' });
    last.success(1002);
    expect(bench.story.at(-1)).toBe('half-open>closed trials-succeeded @1002');
  });

  it('starts with an empty window when it closes', () => {
    const bench = openedByRate();
    bench.succeed(3, 1000);
    expect(bench.transitions.at(-1)?.window).toEqual({ calls: 20, failures: 20, slow: 0 });
    expect(bench.breaker.window(1000)).toEqual({ calls: 0, failures: 0, slow: 0 });
    bench.fail(19, 1000);
    expect(bench.breaker.state.kind).toBe('closed');
  });

  it('opens again at any failure, and drops the other trials', () => {
    const bench = openedByRate();
    const [first, second, third] = [bench.permit(1000), bench.permit(1000), bench.permit(1000)];
    first.success(1001);
    second.failure(1002, 'other');
    third.success(1003);
    expect(bench.story.slice(2)).toEqual(['half-open>open trial-failed @1002']);
    expect(bench.breaker.state).toEqual({ kind: 'open', cause: 'rate', untilMs: 2202 });
  });

  it('opens by connect when a trial could not connect, however it was opened before', () => {
    const bench = openedByRate();
    bench.fail(1, 1000, 'connect');
    expect(bench.breaker.state).toMatchObject({ kind: 'open', cause: 'connect' });
  });

  it('opens by rate when a trial connected and failed, with the first interval if there was none before', () => {
    const bench = openedByConnect();
    bench.breaker.onDialConnected(100);
    bench.fail(1, 100);
    expect(bench.breaker.state).toEqual({ kind: 'open', cause: 'rate', untilMs: 1100 });
  });

  it('counts a permit once, however often it is settled', () => {
    const bench = openedByRate();
    const permit = bench.permit(1000);
    permit.success(1001);
    permit.success(1001);
    permit.failure(1001, 'other');
    expect(bench.breaker.state).toMatchObject({ kind: 'half-open', successes: 1 });
  });

  it('passes a forgotten permit on', () => {
    const bench = openedByRate();
    const [first] = [bench.permit(1000), bench.permit(1000), bench.permit(1000)];
    first.forget(1001);
    expect(bench.permit(1001)).not.toBe(first);
    expect(bench.breaker.admit(1001)).toMatchObject({ cause: 'no-permit' });
  });

  it('takes lost permits back after their time, and ignores what they say later', () => {
    const bench = openedByRate();
    const lost = [bench.permit(1000), bench.permit(1000), bench.permit(1000)];
    expect(bench.breaker.admit(60_999).admitted).toBe(false);
    bench.permit(61_000);
    for (const permit of lost) permit.failure(61_001, 'other');
    expect(bench.breaker.state.kind).toBe('half-open');
    bench.succeed(2, 61_002);
    expect(bench.breaker.admit(61_003).admitted).toBe(false);
  });

  it('ignores permits of an earlier half-open time', () => {
    const bench = openedByRate();
    const stale = bench.permit(1000);
    bench.fail(1, 1000);
    bench.permit(3000);
    stale.failure(3001, 'other');
    stale.success(3001);
    expect(bench.breaker.state).toMatchObject({ kind: 'half-open', successes: 0 });
  });
});

describe('an isolated breaker', () => {
  it.each([
    ['closed', () => new Bench()],
    ['open by rate', () => openedByRate()],
    ['open by connect', () => openedByConnect()],
  ])('that was %s refuses until a hand lets it go, then is closed', (_state, make) => {
    const bench = make();
    bench.breaker.isolate('maintenance', 10);
    bench.breaker.onDialConnected(11);
    expect(bench.breaker.onDialFailed(11)).toBeUndefined();
    expect(bench.breaker.state).toEqual({ kind: 'isolated', reason: 'maintenance' });
    expect(bench.breaker.admit(1e9)).toEqual({ admitted: false, cause: 'isolated', retryAtMs: undefined });
    bench.breaker.deIsolate(1e9);
    expect(bench.story.at(-1)).toBe('isolated>closed de-isolate @1000000000');
    expect(bench.permit(1e9).admitted).toBe(true);
  });

  it('ignores what calls from before say, also when it is closed again', () => {
    const bench = new Bench({ minCalls: 1 });
    const before = bench.permit(0);
    bench.breaker.isolate('maintenance', 1);
    before.failure(2, 'other');
    bench.breaker.deIsolate(3);
    before.failure(4, 'other');
    expect(bench.breaker.state.kind).toBe('closed');
  });

  it('is told once', () => {
    const bench = new Bench();
    bench.breaker.deIsolate(0);
    bench.breaker.isolate('first', 1);
    bench.breaker.isolate('second', 2);
    expect(bench.story).toEqual(['closed>isolated isolate @1']);
    expect(bench.breaker.state).toMatchObject({ reason: 'first' });
  });
});

describe('a listener', () => {
  it('finds the new state in place and may ask for permits', () => {
    const answers: string[] = [];
    const breaker: Breaker = new Breaker(resolveBreakerOptions({ minCalls: 1 }), lowest, ({ to, atMs }) => {
      const answer = breaker.admit(atMs);
      answers.push(`${to}=${breaker.state.kind} ${answer.admitted ? 'admitted' : answer.cause}`);
    });
    const permit = breaker.admit(0);
    if (permit.admitted) permit.failure(0, 'other');
    breaker.admit(1000);
    expect(answers).toEqual(['open=open rate', 'half-open=half-open admitted']);
    expect([breaker.admit(1000).admitted, breaker.admit(1000).admitted]).toEqual([true, false]);
  });

  it('may isolate the breaker at the moment it half-opens', () => {
    const breaker: Breaker = new Breaker(resolveBreakerOptions({ minCalls: 1 }), lowest, ({ to, atMs }) => {
      if (to === 'half-open') breaker.isolate('by hand', atMs);
    });
    const permit = breaker.admit(0);
    if (permit.admitted) permit.failure(0, 'other');
    expect(breaker.admit(1000)).toMatchObject({ admitted: false, cause: 'isolated' });
  });
});

describe('slow calls', () => {
  const slowAt100: BreakerOptions = { minCalls: 4, slowCallMs: 100 };

  it('say nothing when no limit is set', () => {
    const bench = new Bench({ minCalls: 1 });
    bench.permit(0).success(0, 86_400_000);
    expect(bench.breaker.state.kind).toBe('closed');
    expect(bench.breaker.window(0)).toEqual({ calls: 1, failures: 0, slow: 0 });
  });

  it('open it at their share of enough calls, failed ones included', () => {
    const bench = new Bench({ ...slowAt100, failureRate: 1 });
    bench.permit(0).success(0, 100);
    bench.permit(0).success(0, 99);
    bench.permit(0).success(0, 99);
    expect(bench.breaker.window(0)).toEqual({ calls: 3, failures: 0, slow: 1 });
    bench.permit(5).failure(5, 'other', 100);
    expect(bench.story).toEqual(['closed>open slow @5']);
    expect(bench.transitions[0]?.window).toEqual({ calls: 4, failures: 1, slow: 2 });
  });

  it('open it again from half-open, though they succeed, for a fifth longer', () => {
    const bench = new Bench(slowAt100);
    for (let call = 0; call < 4; call += 1) bench.permit(0).success(0, 100);
    bench.permit(1000).success(1100, 100);
    expect(bench.story.at(-1)).toBe('half-open>open trial-slow @1100');
    expect(bench.breaker.state).toMatchObject({ cause: 'rate', untilMs: 2300 });
  });
});

describe('lost permits', () => {
  it('are counted when they are taken back, and no later settling counts', () => {
    const bench = openedByRate({ permitTtlMs: 500 });
    const lost = [bench.permit(1000), bench.permit(1000), bench.permit(1000)];
    expect(bench.breaker.lostPermits).toBe(0);
    bench.permit(1500);
    expect(bench.breaker.lostPermits).toBe(3);
    for (const permit of lost) permit.success(1500);
    expect(bench.breaker.state).toMatchObject({ kind: 'half-open', successes: 0 });
  });
});
