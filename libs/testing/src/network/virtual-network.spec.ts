import { Buffer } from 'node:buffer';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TransportHandler } from '#libs/pool';
import { FakeClock } from '../fake-clock.ts';
import type { VirtualLink } from './virtual-link.ts';
import { VirtualNetwork, type NetworkOptions } from './virtual-network.ts';
import type { VirtualTransport } from './virtual-transport.ts';

let clock: FakeClock;
let network: VirtualNetwork;
/** What both ends heard, and when. */
let heard: string[];

function note(event: string): void {
  heard.push(`${clock.nowMs()} ${event}`);
}

const client: TransportHandler = {
  onConnect: () => note('connected'),
  onBytes: (buffer, length) => note(`client reads ${shown(buffer.subarray(0, length))}`),
  onDrain: () => note('drained'),
  onEnd: () => note('client reads FIN'),
  onClose: (error) => note(`lost: ${error?.message}`),
};

function shown(bytes: Buffer): string {
  return bytes.length > 20 ? `${bytes.length} bytes` : bytes.toString('latin1');
}

/** One way takes 5 ms. */
function makeNetwork(options: NetworkOptions = {}): void {
  clock = new FakeClock();
  heard = [];
  network = new VirtualNetwork(clock, {
    latencyMs: () => 5,
    onAccept: (socket) => {
      note('accepted');
      socket.handler = {
        onBytes: (bytes) => note(`server reads ${shown(bytes)}`),
        onGone: (how) => note(`server reads ${how}`),
      };
    },
    ...options,
  });
}

function dial(): { transport: VirtualTransport; link: VirtualLink } {
  const transport = network.dial(client);
  const link = network.links.find((link) => link.transport === transport);
  if (!link) throw new Error('a dial made no link');
  return { transport, link };
}

/** A connection, with what was heard until then forgotten. */
function connected(): ReturnType<typeof dial> {
  const made = dial();
  clock.advance(5);
  heard = [];
  return made;
}

beforeEach(() => {
  makeNetwork();
});

describe('a dial', () => {
  it('connects after the latency', () => {
    const { transport } = dial();
    expect([transport.addresses, transport.life]).toEqual([undefined, 'dialing']);
    clock.advance(5);
    expect(heard).toEqual(['5 connected', '5 accepted']);
    expect(transport.addresses).toEqual({ remoteAddress: '192.0.2.1', remotePort: 80, localPort: 40_001 });
  });

  it('leads where it is told to', () => {
    const accepted: string[] = [];
    const way = { address: '192.0.2.7', plan: { afterMs: 2 }, onAccept: () => accepted.push('there') };
    const transport = network.dial(client, way);
    clock.advance(2);
    expect(transport.addresses?.remoteAddress).toBe('192.0.2.7');
    expect([heard, accepted]).toEqual([['2 connected'], ['there']]);
  });

  it('fails as planned, with the system call of a dial', () => {
    makeNetwork({ planDial: () => ({ afterMs: 3, errno: 'ECONNREFUSED' }) });
    dial();
    clock.advance(5);
    expect(heard).toEqual(['3 lost: connect ECONNREFUSED']);
    expect(network.open).toBe(0);
  });

  it('of infinite length, or into a black hole, is answered when the link heals', () => {
    makeNetwork({ planDial: () => ({ afterMs: Infinity }) });
    const { link } = dial();
    clock.advance(60_000);
    expect(heard).toEqual([]);
    link.heal();
    clock.advance(5);
    expect(heard).toEqual(['60005 connected', '60005 accepted']);

    makeNetwork();
    const lost = dial();
    lost.link.blackHole();
    clock.advance(100);
    lost.link.heal();
    clock.advance(5);
    expect(heard).toEqual(['105 connected', '105 accepted']);
  });

  it('that was given up is heard of by nobody', () => {
    const { transport } = dial();
    transport.end();
    clock.advance(100);
    expect([heard, network.open]).toEqual([[], 0]);
  });
});

describe('a connection', () => {
  it('carries bytes and FIN in order, each after the latency', () => {
    const { transport, link } = connected();
    transport.write('ping');
    transport.write(Buffer.from('pong'));
    clock.advance(5);
    link.socket.write('answer');
    link.socket.end();
    clock.advance(5);
    expect(heard).toEqual([
      '10 server reads ping',
      '10 server reads pong',
      '15 client reads answer',
      '15 client reads FIN',
    ]);
    expect(transport.probe()).toBe('fin');
  });

  it('keeps the order whatever latency is drawn', () => {
    const latencies = [5, 9, 1, 1];
    makeNetwork({ latencyMs: () => latencies.shift() ?? 0 });
    const { transport } = connected();
    transport.write('slow');
    transport.write('fast');
    clock.advance(100);
    expect(heard).toEqual(['14 server reads slow', '14 server reads fast']);
  });

  it('lends its read buffer for the call alone', () => {
    const { transport, link } = connected();
    let lent: Buffer | undefined;
    transport.handler = { ...client, onBytes: (buffer) => (lent = buffer) };
    link.socket.write('gone');
    clock.advance(5);
    expect(lent?.toString('latin1', 0, 4)).toBe('\0\0\0\0');
  });

  it('takes what fits into the window, and drains when the peer reads on', () => {
    makeNetwork({ windowBytes: 10 });
    const { transport, link } = connected();
    link.socket.pause();
    expect(transport.write('0123456789abc')).toBe(false);
    clock.advance(50);
    expect([transport.isSending, transport.bytesAccepted]).toEqual([true, 10]);
    link.socket.resume();
    clock.advance(5);
    expect(heard).toEqual(['55 drained', '55 server reads 0123456789', '60 server reads abc']);
    expect([transport.isSending, transport.bytesAccepted]).toEqual([false, 13]);
  });

  it('brings nothing while the client has paused it, and everything afterwards, but not from inside resume', () => {
    const { transport, link } = connected();
    transport.pause();
    link.socket.write('a');
    link.socket.reset();
    clock.advance(50);
    transport.resume();
    expect(heard).toEqual([]);
    clock.advance(0);
    expect(heard).toEqual(['55 client reads a', '55 lost: read ECONNRESET']);
  });

  it.each(['end', 'reset'] as const)('brings the client nothing after its own %s', (way) => {
    const { transport, link } = connected();
    link.socket.write('late');
    transport[way]();
    clock.advance(50);
    expect(heard).toEqual([`10 server reads ${way === 'end' ? 'fin' : 'reset'}`]);
    expect([transport.write('x'), transport.bytesAccepted, network.open]).toEqual([true, 0, 0]);
  });

  it('answers bytes to a closed server with RST: the reuse race', () => {
    const { transport, link } = connected();
    link.socket.end();
    transport.write('too late');
    clock.advance(4);
    expect(transport.probe()).toBe('alive');
    clock.advance(50);
    expect(heard).toEqual(['10 client reads FIN', '15 lost: read ECONNRESET']);
  });

  it('loses packets in a black hole, and sends them again when it heals', () => {
    const { transport, link } = connected();
    link.blackHole();
    transport.write('x');
    link.socket.write('y');
    clock.advance(1_000);
    expect([heard, transport.bytesAccepted]).toEqual([[], 1]);
    link.heal();
    expect(heard).toEqual(['1005 server reads x', '1005 client reads y']);
  });
});

describe('a busy loop', () => {
  it('lets the kernel learn what no handler hears, and a look sees it', () => {
    const { transport, link } = connected();
    network.blockLoop();
    expect(transport.probe()).toBe('alive');
    link.socket.end();
    clock.advance(50);
    expect([transport.probe(), transport.unheard, heard]).toEqual(['fin', 'fin', []]);
    network.unblockLoop();
    expect(heard).toEqual([]);
    clock.advance(0);
    expect(heard).toEqual(['55 client reads FIN']);
  });

  it.each([
    ['kernel', 'bytes'],
    ['loop', 'unknown'],
    ['blind', 'alive'],
  ] as const)('hides unasked bytes from a look by %s: %s', (sight, found) => {
    makeNetwork({ sight });
    const { transport, link } = connected();
    network.blockLoop();
    link.intrude('foreign');
    expect(transport.probe()).toBe(found);
  });

  it('calls back after the poll, behind whatever the kernel knew', () => {
    const { link } = connected();
    network.blockLoop();
    link.intrude('first');
    network.afterPoll(() => note('after the poll'));
    clock.advance(20);
    expect(heard).toEqual([]);
    network.unblockLoop();
    clock.advance(0);
    expect(heard).toEqual(['25 client reads first', '25 after the poll']);
  });
});
