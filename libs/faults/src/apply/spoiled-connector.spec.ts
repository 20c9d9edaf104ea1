import { FakeClock } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { DialVerdict } from '../verdict.ts';
import { FakeConnector, HearingHandler } from './fake-transport.spec-helper.ts';
import { SpoiledConnector } from './spoiled-connector.ts';

const faultId = 'f';

function dial(verdict: DialVerdict) {
  const clock = new FakeClock();
  const handler = new HearingHandler();
  const inner = new FakeConnector();
  const wire = new SpoiledConnector(inner, verdict, clock).dial(handler);
  return { clock, handler, inner, wire };
}

describe('a spoiled dial', () => {
  it.each([
    ['connect-refused', { code: 'ECONNREFUSED', syscall: 'connect' }],
    ['dns', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }],
    ['tls', { name: 'TlsError', reason: 'other' }],
  ] as const)('by %s fails in the next turn and reaches nobody', (kind, error) => {
    const { clock, handler, inner, wire } = dial({ kind, faultId });
    expect([handler.heard, inner.dialled]).toEqual([[], []]);
    clock.advance(0);
    expect(handler.heard).toEqual(['close']);
    expect(handler.error).toMatchObject(error);
    expect(wire.tlsMs).toBe(kind === 'tls' ? 0 : undefined);
  });

  it('that was given up says nothing', () => {
    const { clock, handler, wire } = dial({ kind: 'dns', faultId });
    wire.end();
    clock.advance(0);
    expect(handler.heard).toEqual([]);
  });

  it.each(['connect-slow', 'checkout-stall'] as const)('by %s connects so much later', (kind) => {
    const { clock, handler, inner } = dial({ kind, faultId, delayMs: 50 });
    inner.dialled[0]?.handler.onConnect();
    clock.advance(49);
    expect(handler.heard).toEqual([]);
    clock.advance(1);
    expect(handler.heard).toEqual(['connect']);
  });

  it('that is slow and fails has failed at once', () => {
    const { clock, handler, inner } = dial({ kind: 'connect-slow', faultId, delayMs: 50 });
    inner.dialled[0]?.handler.onConnect();
    inner.dialled[0]?.handler.onClose(undefined);
    expect([handler.heard, clock.pendingTimers]).toEqual([['close'], 0]);
  });
});
