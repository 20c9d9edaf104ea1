import { describe, expect, it } from 'vitest';
import { LinkBench } from './link.spec-helper.ts';
import { HELD_MAX_BYTES } from './link.ts';
import { endNow, type Effect } from './step.ts';

const delayBy = (delayMs: number): Effect => ({
  onBytes: (bytes, nowMs) => [{ kind: 'bytes', bytes, dueAtMs: nowMs + delayMs }],
  onEnd: endNow,
});

describe('a link without effects', () => {
  it('passes bytes and the end straight through', () => {
    const bench = new LinkBench();
    bench.receive('one');
    bench.receive('two');
    bench.link.onEnd('fin');
    expect(bench.takeLog()).toEqual(['one', 'two', 'end']);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('pauses the source while the destination is full', () => {
    const bench = new LinkBench();
    bench.destination.takesAll = false;
    bench.receive('one');
    expect(bench.source.log).toEqual(['pause']);
    bench.link.onDrain();
    expect(bench.source.log).toEqual(['pause', 'resume']);
  });

  it('ends the connection when a source is gone that had only finished before', () => {
    const bench = new LinkBench();
    bench.link.onEnd('fin');
    bench.link.onEnd('reset');
    expect(bench.takeLog()).toEqual(['end', 'reset']);
  });
});

describe('a link with effects', () => {
  it('lets nothing overtake, neither bytes nor the end', () => {
    const delays = [30, 0];
    const bench = new LinkBench({
      onBytes: (bytes, nowMs) => [{ kind: 'bytes', bytes, dueAtMs: nowMs + (delays.shift() ?? 0) }],
      onEnd: endNow,
    });
    bench.receive('slow');
    bench.receive('fast');
    bench.link.onEnd('fin');
    bench.advance(29);
    expect(bench.takeLog()).toEqual([]);
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['slow', 'fast', 'end']);
  });

  it('adds up the delays of several', () => {
    const bench = new LinkBench(delayBy(10), delayBy(5));
    bench.receive('bytes');
    bench.advance(14);
    expect(bench.takeLog()).toEqual([]);
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['bytes']);
  });

  it('writes one piece at a time, so that Node joins none', () => {
    const bench = new LinkBench({
      onBytes: (bytes, nowMs) => [
        { kind: 'bytes', bytes: bytes.subarray(0, 1), dueAtMs: nowMs },
        { kind: 'bytes', bytes: bytes.subarray(1), dueAtMs: nowMs },
      ],
      onEnd: endNow,
    });
    bench.link.onBytes(Buffer.from('ab'));
    expect(bench.destination.log).toEqual(['a']);
    bench.destination.send();
    expect(bench.destination.log).toEqual(['a', 'b']);
  });

  it('holds a bounded amount and then pauses the source', () => {
    const bench = new LinkBench(delayBy(Infinity));
    const chunk = 'x'.repeat(8 * 1024);
    let chunks = 0;
    while (bench.source.log.length === 0) {
      bench.receive(chunk);
      chunks += 1;
    }
    expect(chunks).toBe(HELD_MAX_BYTES / chunk.length);
    expect(bench.source.log).toEqual(['pause']);
  });

  it('counts what it costs to hold tiny pieces', () => {
    const bench = new LinkBench(delayBy(Infinity));
    let pieces = 0;
    while (bench.source.log.length === 0) {
      bench.receive('x');
      pieces += 1;
    }
    expect(pieces).toBeLessThan(1_000);
  });

  it('resumes the source when the effect is removed, and what was held goes on', () => {
    const effect = delayBy(Infinity);
    const bench = new LinkBench(effect);
    bench.receive('x'.repeat(HELD_MAX_BYTES));
    bench.link.remove(effect);
    bench.destination.sendAll();
    expect(bench.destination.log).toEqual(['x'.repeat(HELD_MAX_BYTES)]);
    expect(bench.source.log).toEqual(['pause', 'resume']);
  });

  it('lets bytes that are held go on before those that come after a removal', () => {
    const effect = delayBy(50);
    const bench = new LinkBench(effect);
    bench.link.onBytes(Buffer.from('held'));
    bench.link.remove(effect);
    bench.link.onBytes(Buffer.from('later'));
    bench.destination.sendAll();
    expect(bench.takeLog()).toEqual(['held', 'later']);
  });

  it('closes the connection when an effect is removed that lost bytes', () => {
    const effect: Effect = { onBytes: () => [], onEnd: endNow, losesBytes: true };
    const bench = new LinkBench(effect);
    bench.receive('lost');
    bench.link.remove(effect);
    expect(bench.takeLog()).toEqual(['close']);
  });

  it('does not change what is under way when an effect is added behind it', () => {
    const bench = new LinkBench(delayBy(10));
    bench.receive('bytes');
    bench.link.add({ effect: delayBy(5), heldMaxBytes: HELD_MAX_BYTES });
    bench.advance(14);
    expect(bench.takeLog()).toEqual([]);
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['bytes']);
  });

  it('takes nothing after its end, and does nothing once it is gone', () => {
    const bench = new LinkBench(delayBy(10));
    bench.link.onEnd('fin');
    bench.receive('late');
    bench.advance(10);
    expect(bench.takeLog()).toEqual(['end']);
    bench.link.destroy();
    bench.link.onDrain();
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('waits for a destination that takes nothing without asking the clock', () => {
    const bench = new LinkBench(delayBy(1));
    bench.link.onBytes(Buffer.from('one'));
    bench.clock.advance(1);
    bench.link.onBytes(Buffer.from('two'));
    bench.clock.advance(1_000);
    expect(bench.destination.log).toEqual(['one']);
    expect(bench.clock.pendingTimers).toBe(0);
    bench.destination.send();
    expect(bench.destination.log).toEqual(['one', 'two']);
  });

  it('lets injected bytes in behind its first effect', () => {
    const bench = new LinkBench(delayBy(100), delayBy(1));
    bench.link.inject(Buffer.from('answer'));
    bench.advance(1);
    expect(bench.takeLog()).toEqual(['answer']);
  });

  it('drops what is injected behind its end', () => {
    const bench = new LinkBench(delayBy(0));
    bench.link.onEnd('fin');
    bench.link.inject(Buffer.from('too late'));
    expect(bench.takeLog()).toEqual(['end']);
  });
});
