import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../../tools/start/embedded-redis.mjs');

it('the embedded Redis answers on 127.0.0.1 and on no other address', async () => {
  const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line]: string[] = await once(createInterface({ input: child.stdout }), 'line');
    const [, port] = /^listening on redis:\/\/127\.0\.0\.1:(\d+)$/.exec(line ?? '') ?? [];
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('PING\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toBe('+PONG\r\n');
    socket.destroy();
    // Of the same machine, but what listens everywhere would answer there too.
    await expect(once(connect(Number(port), '127.0.0.2'), 'connect')).rejects.toThrow('ECONNREFUSED');
  } finally {
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  }
});
