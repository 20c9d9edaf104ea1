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
  return { clock, handler, inner, wire: interposerFor(verdict, clock)?.interpose(inner) ?? inner };
}

describe('interposerFor', () => {
  it.each<Verdict>([
    { kind: 'pass' },
    { kind: 'status', faultId, statusCode: 503 },
    { kind: 'crash', faultId, durationMs: 500 },
  ])('leaves the wire alone for $kind', (verdict) => {
    expect(interposerFor(verdict, new FakeClock())).toBeUndefined();
  });

  it.each<Verdict>([
    { kind: 'latency', faultId, delayMs: 50 },
    { kind: 'timeout', faultId },
    { kind: 'reset', faultId },
    { kind: 'drop', faultId },
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
