import { describe, expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import { Ticker } from './ticker.ts';

describe('a ticker', () => {
  it('ticks at the multiples of its interval until it is stopped', () => {
    const clock = new FakeClock(7);
    const ticks: number[] = [];
    const ticker = new Ticker(clock, 100, () => ticks.push(clock.nowMs()));
    clock.advance(250);
    ticker.stop();
    clock.advance(1000);
    expect(ticks).toEqual([107, 207]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('can be stopped by its own tick', () => {
    const clock = new FakeClock();
    let ticks = 0;
    const ticker = new Ticker(clock, 100, () => {
      ticks += 1;
      ticker.stop();
    });
    clock.advance(1000);
    expect(ticks).toBe(1);
  });

  it.each([
    ['leaves out the ticks that a busy process missed', 350, 50],
    ['does not tick twice when a timer fires early', 99.5, 100.5],
  ])('%s', (_name, firedAtMs, nextDelayMs) => {
    let nowMs = 0;
    const due: { callback: () => void; delayMs: number }[] = [];
    const clock = {
      nowMs: () => nowMs,
      setTimer: (callback: () => void, delayMs: number) => {
        due.push({ callback, delayMs });
        return { cancel: () => {}, unref: () => {} };
      },
      wallMs: () => 0,
      atTurnEnd: () => {},
    };
    let ticks = 0;
    const ticker = new Ticker(clock, 100, () => {
      ticks += 1;
    });
    nowMs = firedAtMs;
    due[0]?.callback();
    ticker.stop();
    expect(ticks).toBe(1);
    expect(due.map(({ delayMs }) => delayMs)).toEqual([100, nextDelayMs]);
  });
});
