import type { Transport } from '#libs/pool';
import { FakeClock, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../verdict.ts';
import { FakeTransport, HearingHandler } from './fake-transport.spec-helper.ts';
import { interposerFor } from './interposer.ts';

const faultId = 'f';

interface Scene {
  readonly clock: FakeClock;
  readonly handler: HearingHandler;
  /** The real wire. */
  readonly inner: FakeTransport;
  /** What the exchange uses instead. */
  readonly wire: Transport;
}

function scene(verdict: Verdict): Scene {
  const clock = new FakeClock();
  const handler = new HearingHandler();
  const inner = new FakeTransport(handler);
  return { clock, handler, inner, wire: interposerFor(verdict, clock)?.interpose(inner, 1) ?? inner };
}

describe('interposerFor', () => {
  it.each<Verdict>([
    { kind: 'pass' },
    { kind: 'status', faultId, statusCode: 503 },
    { kind: 'crash', faultId, durationMs: 500 },
    { kind: 'alive-as-dead', faultId },
    { kind: 'connect-refused', faultId },
    { kind: 'connect-slow', faultId, delayMs: 50 },
    { kind: 'checkout-stall', faultId, delayMs: 50 },
    { kind: 'dns', faultId },
    { kind: 'tls', faultId },
  ])('leaves the wire alone for $kind', (verdict) => {
    expect(interposerFor(verdict, new FakeClock())).toBeUndefined();
  });

  it.each<Verdict>([
    { kind: 'latency', faultId, delayMs: 50 },
    { kind: 'timeout', faultId },
    { kind: 'reset', faultId },
    { kind: 'drop', faultId },
    { kind: 'dead-as-alive', faultId },
    { kind: 'write-stall', faultId, delayMs: 50 },
    { kind: 'slow-read', faultId, delayMs: 50 },
    { kind: 'reset-head', faultId },
    { kind: 'reset-body', faultId },
    { kind: 'truncate', faultId },
    { kind: 'corrupt-head', faultId },
    { kind: 'corrupt-body', faultId },
  ])('passes on what $kind does not change', (verdict) => {
    const { inner, handler, wire } = scene(verdict);
    inner.bytesAccepted = 7;
    expect(wire.bytesAccepted).toBe(7);
    expect(wire.isSending).toBe(false);
    expect(wire.addresses).toBe(inner.addresses);
    expect(wire.probe()).toBe('alive');
    wire.pause();
    wire.resume();
    inner.handler.onConnect();
    inner.handler.onDrain();
    wire.end();
    wire.reset();
    expect(inner.calls).toEqual(['pause', 'resume', 'end', 'reset']);
    expect(handler.heard).toEqual(['connect', 'drain']);
  });
});

describe('latency', () => {
  const verdict: Verdict = { kind: 'latency', faultId, delayMs: 50 };

  it('holds the request back for the delay and lets it go in order', () => {
    const { clock, inner, handler, wire } = scene(verdict);
    expect(wire.write('head ')).toBe(false);
    clock.advance(49);
    expect(wire.write(Buffer.from('body'))).toBe(false);
    expect(inner.calls).toEqual([]);
    expect([wire.isSending, wire.bytesAccepted]).toEqual([true, 0]);

    clock.advance(1);
    expect(inner.calls).toEqual(['write head ', 'write body']);
    expect([wire.isSending, wire.bytesAccepted]).toEqual([false, 9]);
    expect(handler.heard).toEqual(['drain']);
  });

  it('delays only once', () => {
    const { clock, inner, wire } = scene(verdict);
    wire.write('a');
    clock.advance(50);
    expect(wire.write('b')).toBe(true);
    expect(inner.calls).toEqual(['write a', 'write b']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves the drain to the kernel when that does not take all at once', () => {
    const { clock, inner, handler, wire } = scene(verdict);
    wire.write('a');
    inner.isSending = true;
    inner.handler.onDrain();
    clock.advance(50);
    expect(handler.heard).toEqual([]);
    inner.handler.onDrain();
    expect(handler.heard).toEqual(['drain']);
  });

  it('lets the peer speak meanwhile', () => {
    const { inner, handler, wire } = scene(verdict);
    wire.write('a');
    inner.receive('early');
    inner.handler.onEnd();
    expect(handler.heard).toEqual(['bytes early', 'end']);
  });

  it.each<[string, (scene: Scene) => void]>([
    ['its owner closes the wire', ({ wire }) => wire.end()],
    ['its owner cuts the wire', ({ wire }) => wire.reset()],
    ['the wire is lost', ({ inner }) => inner.handler.onClose(undefined)],
  ])('forgets the request when %s', (_what, happen) => {
    const held = scene(verdict);
    held.wire.write('a');
    happen(held);
    expect(held.clock.pendingTimers).toBe(0);
    held.clock.advance(100);
    expect(held.inner.calls).not.toContain('write a');
  });

  it('never writes on a wire that its owner took back', () => {
    const { clock, inner, handler, wire } = scene(verdict);
    wire.write('a');
    inner.handler = handler;
    clock.advance(100);
    expect(inner.calls).toEqual([]);
    expect(handler.heard).toEqual([]);
  });
});

describe('timeout', () => {
  it('swallows everything, in both directions, and says that it was sent', () => {
    const { inner, handler, wire } = scene({ kind: 'timeout', faultId });
    inner.bytesAccepted = 100;
    expect(wire.write('head')).toBe(true);
    expect(wire.write(Buffer.from('body'))).toBe(true);
    expect([wire.isSending, wire.bytesAccepted]).toEqual([false, 108]);
    inner.receive('HTTP/1.1 200 OK');
    inner.handler.onEnd();
    inner.handler.onClose(new Error('read ECONNRESET'));
    expect(inner.calls).toEqual([]);
    expect(handler.heard).toEqual([]);
  });

  it('lets its owner cut the real wire', () => {
    const { inner, wire } = scene({ kind: 'timeout', faultId });
    wire.reset();
    expect(inner.calls).toEqual(['reset']);
  });
});

describe('reset', () => {
  const verdict: Verdict = { kind: 'reset', faultId };

  it('sends the request, then cuts the wire and says so, but not from inside the call', async () => {
    const { inner, handler, wire } = scene(verdict);
    expect(wire.write('head ')).toBe(true);
    wire.write('body');
    expect(inner.calls).toEqual(['write head ', 'write body']);
    expect(handler.heard).toEqual([]);

    await settle();
    expect(inner.calls).toEqual(['write head ', 'write body', 'reset']);
    expect(handler.heard).toEqual(['close']);
    expect(handler.error).toMatchObject({
      message: 'read ECONNRESET',
      code: 'ECONNRESET',
      syscall: 'read',
    });
  });

  it('does nothing before the request is written', async () => {
    const { inner, handler } = scene(verdict);
    await settle();
    expect([inner.calls, handler.heard]).toEqual([[], []]);
  });

  it('says nothing more once the wire has ended another way', async () => {
    const { inner, handler, wire } = scene(verdict);
    wire.write('a');
    inner.handler.onClose(undefined);
    await settle();
    expect(inner.calls).toEqual(['write a']);
    expect(handler.heard).toEqual(['close']);
  });
});

describe('drop', () => {
  const verdict: Verdict = { kind: 'drop', faultId };

  it('delivers half of the first bytes, then FIN, and closes the real wire', () => {
    const { inner, handler, wire } = scene(verdict);
    expect(wire.write('request')).toBe(true);
    inner.receive('HTTP/1.1 ');
    expect(handler.heard).toEqual(['bytes HTTP', 'end']);
    expect(inner.calls).toEqual(['write request', 'end']);
  });

  it('delivers nothing of a single byte', () => {
    const { inner, handler } = scene(verdict);
    inner.receive('H');
    expect(handler.heard).toEqual(['end']);
  });

  it('says nothing more when the half was enough for its owner to leave', () => {
    const { inner, handler, wire } = scene(verdict);
    handler.onBytes = () => wire.reset();
    inner.receive('nonsense');
    expect(inner.calls).toEqual(['reset']);
    expect(handler.heard).toEqual([]);
  });
});

describe('write-stall', () => {
  it('sends half of the request, and the rest when the stall is over', () => {
    const { clock, inner, handler, wire } = scene({ kind: 'write-stall', faultId, delayMs: 50 });
    expect(wire.write('abcde')).toBe(false);
    wire.write('fg');
    expect(inner.calls).toEqual(['write ab']);
    clock.advance(50);
    expect(inner.calls).toEqual(['write ab', 'write cde', 'write fg']);
    expect(handler.heard).toEqual(['drain']);
  });
});

describe('dead-as-alive', () => {
  it('takes nothing of the request, and says so, but not from inside the call', async () => {
    const { inner, handler, wire } = scene({ kind: 'dead-as-alive', faultId });
    wire.write('head ');
    wire.write('body');
    expect([wire.bytesAccepted, handler.heard]).toEqual([0, []]);
    await settle();
    expect(inner.calls).toEqual(['reset']);
    expect(handler.error).toMatchObject({ code: 'EPIPE', syscall: 'write' });
  });
});

const HEAD = 'HTTP/1.1 200 OK\r\n\r\n';

describe('an answer that is cut', () => {
  it('in its head: half of what came of it is heard, then the reset', () => {
    const { inner, handler } = scene({ kind: 'reset-head', faultId });
    inner.receive(`${HEAD}body`);
    expect(handler.heard).toEqual([`bytes ${HEAD.slice(0, Math.floor(HEAD.length / 2))}`, 'close']);
    expect([inner.calls, handler.error]).toEqual([
      ['reset'],
      expect.objectContaining({ code: 'ECONNRESET' }),
    ]);
  });

  it('before its body: the head is heard whole, in whatever pieces it comes', () => {
    const { inner, handler } = scene({ kind: 'reset-body', faultId });
    inner.receive('HTTP/1.1 200 OK\r\n\r');
    expect(handler.heard).toHaveLength(1);
    inner.receive('\nbody');
    expect(handler.heard).toEqual(['bytes HTTP/1.1 200 OK\r\n\r', 'bytes \n', 'close']);
  });

  it('before its body: not where there is none', () => {
    const { inner, handler, wire } = scene({ kind: 'reset-body', faultId });
    handler.onBytes = () => {
      // Its owner has all it wanted, and takes the wire back.
      inner.handler = handler;
    };
    inner.receive(HEAD);
    expect(inner.calls).toEqual([]);
    expect(wire.handler).toBe(handler);
  });

  it('in its body: half of the first piece of it is heard, then FIN', () => {
    const { inner, handler } = scene({ kind: 'truncate', faultId });
    inner.receive(HEAD);
    inner.receive('body');
    expect(handler.heard).toEqual([`bytes ${HEAD}`, 'bytes bo', 'end']);
    expect(inner.calls).toEqual(['end']);
  });
});

describe('a corrupt byte', () => {
  it('of the head is no ASCII any more, and the only one', () => {
    const { inner, handler } = scene({ kind: 'corrupt-head', faultId });
    inner.receive('HTTP');
    inner.receive('HTTP');
    expect(handler.heard).toEqual([`bytes ${String.fromCharCode(0xc8)}TTP`, 'bytes HTTP']);
  });

  it('of the body is the first behind the head', () => {
    const { inner, handler } = scene({ kind: 'corrupt-body', faultId });
    inner.receive(HEAD);
    inner.receive('bb');
    inner.receive('bb');
    expect(handler.heard).toEqual([`bytes ${HEAD}`, 'bytes cb', 'bytes bb']);
  });
});

describe('slow-read', () => {
  const verdict: Verdict = { kind: 'slow-read', faultId, delayMs: 50 };
  const two = 'a'.repeat(1024) + 'b'.repeat(76);

  it('passes on 1 KiB after each delay, and reads no further meanwhile', () => {
    const { clock, inner, handler } = scene(verdict);
    inner.receive(two);
    inner.handler.onEnd();
    expect([handler.heard, inner.calls]).toEqual([[], ['pause']]);
    clock.advance(50);
    expect(handler.heard).toEqual([`bytes ${'a'.repeat(1024)}`]);
    clock.advance(50);
    expect(handler.heard.slice(1)).toEqual([`bytes ${'b'.repeat(76)}`, 'end']);
    expect(inner.calls).toEqual(['pause', 'resume']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('says that the wire was lost behind the bytes before it', () => {
    const { clock, inner, handler } = scene(verdict);
    inner.receive('a');
    inner.handler.onClose(new Error('read ECONNRESET'));
    clock.advance(50);
    expect(handler.heard).toEqual(['bytes a', 'close']);
    expect(handler.error?.message).toBe('read ECONNRESET');
  });

  it('waits while its owner does', () => {
    const { clock, inner, handler, wire } = scene(verdict);
    inner.receive('a');
    wire.pause();
    clock.advance(100);
    expect(handler.heard).toEqual([]);
    wire.resume();
    clock.advance(50);
    expect(handler.heard).toEqual(['bytes a']);
  });

  it('forgets what it holds when its owner cuts the wire', () => {
    const { clock, inner, handler, wire } = scene(verdict);
    inner.receive('a');
    wire.reset();
    clock.advance(100);
    expect([handler.heard, clock.pendingTimers]).toEqual([[], 0]);
  });
});
