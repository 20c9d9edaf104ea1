import { describe, expect, it } from 'vitest';
import { idleLimitOf, lifetimeOf, planExpiry, type AgingConnection } from './maintain.ts';

const idle = (idleSinceMs: number, more: Partial<AgingConnection['lifespan']> = {}): AgingConnection => ({
  idleSinceMs,
  lifespan: { idleLimitMs: 100, retireAtMs: Infinity, retireReason: 'max-lifetime', ...more },
});

/** What is closed, by its place in the list and with the reason, and when to look again. */
function planned(connections: readonly AgingConnection[], nowMs: number, learnedMs = Infinity): unknown {
  const { close, nextAtMs } = planExpiry(connections, nowMs, learnedMs);
  return {
    close: close.map(({ connection, reason }) => [connections.indexOf(connection), reason]),
    nextAtMs,
  };
}

describe('the plan for idle connections', () => {
  it('has nothing to do where nothing is idle', () => {
    expect(planned([], 1_000)).toEqual({ close: [], nextAtMs: Infinity });
  });

  it('closes nobody before the moment, and looks again just then', () => {
    expect(planned([idle(0), idle(50)], 99)).toEqual({ close: [], nextAtMs: 100 });
  });

  it('closes at the very moment, and looks again for the next', () => {
    expect(planned([idle(0), idle(50)], 100)).toEqual({ close: [[0, 'idle-timeout']], nextAtMs: 150 });
  });

  it('goes by what each connection was told', () => {
    const patient = idle(0, { idleLimitMs: 500 });
    expect(planned([patient, idle(10)], 200)).toEqual({ close: [[1, 'idle-timeout']], nextAtMs: 500 });
  });

  it('goes by experience where that is shorter', () => {
    expect(planned([idle(0, { idleLimitMs: 500 })], 80, 80)).toMatchObject({ close: [[0, 'idle-timeout']] });
    expect(planned([idle(0)], 80, 400)).toMatchObject({ nextAtMs: 100 });
  });

  it('retires what has lived long enough, however fresh', () => {
    expect(planned([idle(95, { retireAtMs: 100 })], 100)).toMatchObject({ close: [[0, 'max-lifetime']] });
    expect(planned([idle(95, { retireAtMs: 110 })], 100)).toMatchObject({ nextAtMs: 110 });
  });
});

describe('the idle limit by a hint', () => {
  it.each([
    [5_000, 4_000],
    [30_000, 24_000],
    [600_000, 60_000],
    [1_000, 0],
    [500, -500],
  ])('of %i ms is %i ms', (timeoutMs, limitMs) => {
    expect(idleLimitOf(timeoutMs, 60_000)).toBe(limitMs);
  });
});

describe('the lifetime', () => {
  it('is up to a tenth shorter, by chance', () => {
    expect([lifetimeOf(1_000, 0), lifetimeOf(1_000, 0.5), lifetimeOf(1_000, 1)]).toEqual([1_000, 950, 900]);
  });
});
