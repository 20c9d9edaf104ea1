import { ScriptedPool, closeReasons } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { isUnreachable, peerDetection, retransmittingForMs, type TcpInfo } from './peer-watch.ts';

const QUIET: TcpInfo = { retransmits: 0, backoff: 0, rtoMs: 200, unackedSegments: 0, lastAckReceivedMs: 0 };

/** What the kernel says after `retransmits` timeouts for nothing, the first of them after `firstRtoMs`. */
function inHole(retransmits: number, firstRtoMs = 200, lastAckReceivedMs = 60_000): TcpInfo {
  const rtoMs = firstRtoMs * 2 ** retransmits;
  return { retransmits, backoff: retransmits, rtoMs, unackedSegments: 1, lastAckReceivedMs };
}

describe('a peer', () => {
  it('has been sent to for nothing as long as the timeouts that passed', () => {
    expect([0, 1, 2, 3, 4].map((n) => retransmittingForMs(inHole(n)))).toEqual([0, 200, 600, 1_400, 3_000]);
  });

  it.each([
    ['the fourth where the first came after 200 ms', 200, [false, false, false, false, true, true]],
    ['the third where it came after 1 s', 1_000, [false, false, false, true, true, true]],
    ['the ninth where it came after 10 ms', 10, Array.from({ length: 10 }, (_, n) => n === 9)],
  ] as const)('is unreachable at a timeout: %s', (_name, firstRtoMs, expected) => {
    expect(expected.map((_, n) => isUnreachable(inHole(n, firstRtoMs)))).toEqual(expected);
  });

  it('is reached as long as anything is acknowledged, be it out of order', () => {
    expect(isUnreachable(inHole(5, 200, 2_999))).toBe(false);
    expect(isUnreachable(inHole(5, 200, 3_000))).toBe(true);
  });

  it('that acknowledges and takes nothing more (a closed window) is reached', () => {
    expect(isUnreachable({ ...inHole(6), retransmits: 0, unackedSegments: 0 })).toBe(false);
  });
});

describe('a request into a hole', () => {
  it('ends at the first look that says so, and its pool gives up what is idle', async () => {
    const bench = new ScriptedPool({ idleTimeoutMs: 60_000 });
    await bench.openIdle(3);
    bench.wire(2).tcpInfo = () => inHole(Math.floor(Math.log2(bench.clock.nowMs() / 200 + 1)));
    const sent = bench.send();
    await bench.advance(2_999);
    expect(sent.fate).toBe('pending');
    const reasons = closeReasons(() => bench.clock.advance(1));
    await bench.advance(0);
    expect(sent.fate).toBe('PLR_PEER_UNREACHABLE');
    expect(sent.error).toMatchObject({ errno: 'ETIMEDOUT', phase: 'wait', reused: true });
    expect(reasons).toEqual(['peer-unreachable', 'suspect', 'suspect']);
    expect(bench.wire(2).life).toBe('reset');
  });

  it('is not looked for while nothing runs, nor in the first second', async () => {
    const bench = new ScriptedPool({ idleTimeoutMs: 60_000 });
    await bench.openIdle(1);
    let looks = 0;
    bench.wire(0).tcpInfo = () => {
      looks += 1;
      return QUIET;
    };
    await bench.advance(10_000);
    expect(looks).toBe(0);
    bench.send();
    await bench.advance(999);
    expect(looks).toBe(0);
    await bench.advance(3_001);
    expect(looks).toBe(4);
    bench.wire(0).respond();
    await bench.advance(10_000);
    expect(looks).toBe(4);
  });
});

describe('a connection that keep-alive gave up', () => {
  it('takes the other idle ones along, and teaches nothing about idle limits', async () => {
    const bench = new ScriptedPool({ idleTimeoutMs: 60_000 });
    await bench.openIdle(2);
    await bench.advance(20_000);
    expect(closeReasons(() => bench.wire(0).fail('ETIMEDOUT'))).toEqual(['peer-unreachable', 'suspect']);
    expect(bench.pool.stats().learnedIdleLimitMs).toBeUndefined();
  });
});

describe('the detection in force', () => {
  it('needs a network', () => {
    expect(peerDetection({ socketPath: '/run/http.sock', keepAlive: false })).toBe('none');
  });

  it('falls no further than the machine makes it', () => {
    const keepAlive = { delayMs: 15_000, intervalMs: 5_000, count: 3 };
    expect(['tcp-info', 'keep-alive']).toContain(peerDetection({ socketPath: undefined, keepAlive }));
  });
});
