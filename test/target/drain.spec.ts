import { once } from 'node:events';
import { Agent } from 'node:http';
import { type Socket, connect } from 'node:net';

import { describe, expect, it } from 'vitest';

import { type RunningTarget, startTarget } from '#libs/target';
import { FakeClock } from '#libs/testing';

import { ask, dial } from './ask.ts';

async function connectTo({ port }: RunningTarget): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  return socket;
}

describe('a target that drains', () => {
  it('finishes what is in flight, closes idle connections at once and accepts no more', async () => {
    const clock = new FakeClock();
    const target = await startTarget({ port: 0 }, clock);
    const agent = new Agent({ keepAlive: true });
    const inFlight = ask(`${target.url}/delay/5000`, { agent });
    await expect.poll(() => clock.pendingTimers).toBe(1);
    const fresh = await connectTo(target);
    const idle = await connectTo(target);
    idle.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle, 'data');

    const closed = target.close();
    await Promise.all([once(fresh.resume(), 'end'), once(idle.resume(), 'end')]);
    expect(await dial(target.port)).toBe('ECONNREFUSED');
    expect(clock.nowMs()).toBe(0);

    clock.advance(5000);
    expect(await inFlight).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await closed;
    expect(clock.pendingTimers).toBe(0);
    agent.destroy();
  });

  it('closes a connection whose answer had begun before, once that is out', async () => {
    const target = await startTarget({ port: 0 });
    const socket = await connectTo(target);
    socket.write('GET /bytes/67108864 HTTP/1.1\r\nHost: x\r\n\r\n');
    const [head] = await once(socket, 'data');
    expect(String(head)).toContain('Connection: keep-alive');
    const closed = target.close();
    let received = head.length - String(head).indexOf('\r\n\r\n') - 4;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    await once(socket, 'end');
    await closed;
    expect(received).toBe(67_108_864);
  });

  it('cuts what is left after drainTimeoutMs', async () => {
    const clock = new FakeClock();
    const target = await startTarget({ port: 0, drainTimeoutMs: 1000 }, clock);
    const refused = expect(ask(`${target.url}/delay/60000`)).rejects.toThrow('socket hang up');
    await expect.poll(() => clock.pendingTimers).toBe(1);
    const closed = target.close();
    clock.advance(1000);
    await closed;
    await refused;
    await expect.poll(() => clock.pendingTimers).toBe(0);
  });

  it('drains once, however often it is asked', async () => {
    const target = await startTarget({ port: 0 });
    await Promise.all([target.close(), target.close()]);
    await target.close();
    expect(await dial(target.port)).toBe('ECONNREFUSED');
  });
});

describe('a target', () => {
  it('says in one sentence why it cannot listen', async () => {
    const first = await startTarget({ port: 0 });
    await expect(startTarget({ port: first.port })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${first.port}: the port is in use (EADDRINUSE)`,
    );
    await first.close();
  });
});
