import { describe, expect, it } from 'vitest';
import { seededRng } from '#libs/kernel';
import { LinkBench } from '../link/link.spec-helper.ts';
import { TOXIC_TYPES, toxicType } from './catalogue.ts';
import type { Configured } from './define-toxic.ts';
import { cuts } from './slicer.ts';

function benchOf(type: string, attributes: object) {
  const configured = toxicType(type)?.configure(attributes);
  if (configured?.scope !== 'connection') throw new Error(`${type} does not strike connections`);
  const effect = configured.begin(seededRng(1));
  return { bench: new LinkBench(effect), effect, configured };
}

describe('latency', () => {
  it('lets bytes go on later, and the end right behind them', () => {
    const { bench } = benchOf('latency', { latency: 20 });
    bench.receive('a');
    bench.advance(5);
    bench.receive('b');
    bench.link.onEnd('fin');
    bench.advance(15);
    expect(bench.takeLog()).toEqual(['a']);
    bench.advance(5);
    expect(bench.takeLog()).toEqual(['b', 'end']);
  });

  it('stays within its jitter', () => {
    const { effect } = benchOf('latency', { latency: 20, jitter: 5 });
    const dues = Array.from({ length: 1_000 }, () => effect.onBytes(Buffer.from('x'), 0)[0]?.dueAtMs ?? 0);
    expect(Math.min(...dues)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...dues)).toBeLessThan(25);
    expect(new Set(dues).size).toBeGreaterThan(900);
  });

  it.each([
    { latency: -5, jitter: 0 },
    { latency: 0, jitter: 0 },
  ])('is none with %j', (attributes) => {
    const { bench } = benchOf('latency', attributes);
    bench.receive('a');
    expect(bench.takeLog()).toEqual(['a']);
  });
});

describe('bandwidth', () => {
  it('sends what the rate allows in 100 ms at a time', () => {
    const { bench } = benchOf('bandwidth', { rate: 1 });
    bench.receive('x'.repeat(250));
    bench.advance(99);
    expect(bench.takeLog()).toEqual([]);
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['x'.repeat(100)]);
    bench.advance(100);
    expect(bench.takeLog()).toEqual(['x'.repeat(100)]);
    bench.advance(50);
    expect(bench.takeLog()).toEqual(['x'.repeat(50)]);
  });

  it('saves nothing up while the line is idle', () => {
    const { bench } = benchOf('bandwidth', { rate: 1 });
    bench.advance(10_000);
    bench.receive('x'.repeat(10));
    bench.advance(9);
    expect(bench.takeLog()).toEqual([]);
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['x'.repeat(10)]);
  });

  it('lets nothing through at 0, until the rate changes', () => {
    const { bench, configured, effect } = benchOf('bandwidth', { rate: 0 });
    bench.receive('held');
    bench.advance(1_000);
    expect(bench.takeLog()).toEqual([]);
    configured.update({ rate: 1 });
    bench.link.restart(effect);
    bench.destination.sendAll();
    expect(bench.takeLog()).toEqual(['held']);
    bench.receive('new');
    bench.advance(3);
    expect(bench.takeLog()).toEqual(['new']);
  });
});

describe('slow_close', () => {
  it('passes bytes at once and the end later', () => {
    const { bench } = benchOf('slow_close', { delay: 30 });
    bench.receive('a');
    bench.link.onEnd('fin');
    bench.advance(29);
    expect(bench.takeLog()).toEqual(['a']);
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['end']);
  });
});

describe('timeout', () => {
  it('lets bytes vanish and closes after the last of them', () => {
    const { bench } = benchOf('timeout', { timeout: 50 });
    bench.advance(40);
    bench.receive('lost');
    bench.advance(49);
    expect(bench.takeLog()).toEqual([]);
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['close']);
  });

  it('never closes at 0, but when it is removed', () => {
    const { bench, effect } = benchOf('timeout', { timeout: 0 });
    bench.receive('lost');
    bench.advance(1_000);
    expect(bench.takeLog()).toEqual([]);
    bench.link.remove(effect);
    expect(bench.takeLog()).toEqual(['close']);
  });

  it('waits anew when it is changed', () => {
    const { bench, configured, effect } = benchOf('timeout', { timeout: 0 });
    bench.advance(100);
    configured.update({ timeout: 10 });
    bench.link.restart(effect);
    bench.advance(10);
    expect(bench.takeLog()).toEqual(['close']);
  });
});

describe('reset_peer', () => {
  it('resets after the first byte', () => {
    const { bench } = benchOf('reset_peer', { timeout: 10 });
    bench.advance(100);
    bench.receive('lost');
    bench.receive('lost too');
    bench.advance(9);
    expect(bench.takeLog()).toEqual([]);
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['reset']);
  });

  it('resets at once at 0, also when the end comes first', () => {
    const { bench } = benchOf('reset_peer', {});
    bench.link.onEnd('fin');
    expect(bench.takeLog()).toEqual(['reset']);
  });
});

describe('limit_data', () => {
  it('closes the connection when the bytes have gone on', () => {
    const { bench } = benchOf('limit_data', { bytes: 5 });
    bench.receive('abc');
    bench.receive('defg');
    bench.receive('more');
    expect(bench.takeLog()).toEqual(['abc', 'de', 'close']);
  });

  it('closes with the last byte, not with the one after it', () => {
    const { bench } = benchOf('limit_data', { bytes: 3 });
    bench.receive('abc');
    expect(bench.takeLog()).toEqual(['abc', 'close']);
  });

  it('remembers what has gone on when it is changed', () => {
    const { bench, configured, effect } = benchOf('limit_data', { bytes: 100 });
    bench.receive('abc');
    configured.update({ bytes: 4 });
    bench.link.restart(effect);
    bench.receive('defg');
    expect(bench.takeLog()).toEqual(['abc', 'd', 'close']);
  });
});

describe('slicer', () => {
  it('lets bytes go on in pieces, a delay apart', () => {
    const { bench } = benchOf('slicer', { average_size: 2, delay: 10_000 });
    bench.receive('abcdef');
    expect(bench.takeLog()).toEqual(['a']);
    bench.advance(10);
    expect(bench.takeLog()).toEqual(['bc']);
    bench.advance(20);
    expect(bench.takeLog()).toEqual(['d', 'ef']);
  });

  it.each([
    { averageSize: 0, sizeVariation: 0 },
    { averageSize: 1, sizeVariation: 5 },
    { averageSize: 10, sizeVariation: 9 },
    { averageSize: 100, sizeVariation: 1_000 },
    { averageSize: 5_000, sizeVariation: -3 },
  ])('cuts all bytes into pieces of at least one, with %j', (sizes) => {
    const ends = cuts(1_000, sizes, seededRng(7));
    expect(ends.at(-1)).toBe(1_000);
    expect(ends.every((end, index) => end > (ends[index - 1] ?? 0))).toBe(true);
  });

  it('cuts to about the average size', () => {
    const ends = cuts(100_000, { averageSize: 100, sizeVariation: 20 }, seededRng(3));
    expect(100_000 / ends.length).toBeGreaterThan(50);
    expect(100_000 / ends.length).toBeLessThan(121);
  });
});

describe('noop', () => {
  it('changes nothing', () => {
    const { bench } = benchOf('noop', {});
    bench.receive('a');
    bench.link.onEnd('fin');
    expect(bench.takeLog()).toEqual(['a', 'end']);
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe('every toxic', () => {
  it.each(Object.keys(TOXIC_TYPES))('%s has defaults for all its attributes', (type) => {
    const configured: Configured | undefined = toxicType(type)?.configure({});
    expect(configured?.attributes).not.toHaveProperty('first');
    expect(() => configured?.update({ first: -1 })).toThrow(/first|whole number/);
  });

  it('does not take a word that every object knows for a type', () => {
    expect(toxicType('constructor')).toBeUndefined();
  });
});
