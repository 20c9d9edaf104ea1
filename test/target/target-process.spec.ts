import { once } from 'node:events';
import { connect } from 'node:net';

import { describe, expect, it } from 'vitest';

import { startTarget } from '#libs/target';

import { lastingPort } from '../fixtures/lasting-ports.ts';
import { ask, dial } from './ask.ts';
import { TargetProcess } from './target-process.ts';

describe('the target program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('drains on %s and exits 0', async (signal) => {
    using target = new TargetProcess('--port', '0');
    const { url, port } = await target.listening();
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(
      'GET /health HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na',
    );
    await once(socket, 'data');
    expect((await ask(`${url}/health`)).status).toBe(200);

    target.kill(signal);
    await expect.poll(() => dial(port)).toBe('ECONNREFUSED');
    socket.write('b');
    const [echo] = await once(socket, 'data');
    expect(String(echo)).toMatch(/^HTTP\/1\.1 200 OK[^]*connection: close[^]*\r\n\r\nab$/i);
    expect(await target.end()).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it.each([[[]], [['--supervise']]])(
    'exits 1 with one sentence when the port is in use %j',
    async (flags) => {
      const first = await startTarget({ port: 0 });
      using second = new TargetProcess('--port', String(first.port), ...flags);
      expect(await second.end()).toEqual({
        code: 1,
        signal: null,
        stderr: `cannot listen on 127.0.0.1:${first.port}: the port is in use (EADDRINUSE)\n`,
      });
      await first.close();
    },
  );

  it.each([
    [['--port', '65536'], 'port must be an integer from 0 to 65535, got 65536\n'],
    [['--port', 'http'], 'port must be a whole number, got "http"\n'],
    [['--prot', '1'], "Unknown option '--prot'"],
  ])('exits 104 with one sentence for %j', async (flags, sentence) => {
    using target = new TargetProcess(...flags);
    const { code, stderr } = await target.end();
    expect(code).toBe(104);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('the supervised target program', () => {
  it('comes back on its port after a SIGKILL, and again', async () => {
    const port = await lastingPort();
    using target = new TargetProcess('--port', String(port), '--supervise');
    let { url, pid } = await target.listening();
    const controlUrl = await target.control();
    for (let restarts = 1; restarts <= 6; restarts += 1) {
      process.kill(pid, 'SIGKILL');
      const next = await target.listening();
      expect(next.port).toBe(port);
      expect(next.pid).not.toBe(pid);
      ({ pid } = next);
      expect((await ask(`${url}/health`)).status).toBe(200);
      const state = await ask(`${controlUrl}/state`);
      expect(JSON.parse(state.body.toString())).toEqual({ state: 'up', pid, restarts });
    }
  });

  it('crashes when it is told to', async () => {
    const port = await lastingPort();
    using target = new TargetProcess('--port', String(port), '--supervise');
    const { pid } = await target.listening();
    const controlUrl = await target.control();
    const crash = await ask(`${controlUrl}/crash?outage=300ms`, { method: 'POST' });
    expect(crash.status).toBe(202);
    expect(JSON.parse(crash.body.toString())).toEqual({ killedPid: pid, outageMs: 300 });
    await expect.poll(() => dial(port)).toBe('ECONNREFUSED');
    const again = await ask(`${controlUrl}/crash`, { method: 'POST' });
    expect(again.status).toBe(409);
    const next = await target.listening();
    expect(next.port).toBe(port);
  });

  it('drains on SIGTERM and exits 0', async () => {
    using target = new TargetProcess('--port', '0', '--supervise');
    const { port } = await target.listening();
    await target.control();
    const socket = connect({ host: '127.0.0.1', port });
    socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n');
    await once(socket, 'data');

    target.kill('SIGTERM');
    await expect.poll(() => dial(port)).toBe('ECONNREFUSED');
    socket.write('ab');
    const [echo] = await once(socket, 'data');
    expect(String(echo)).toMatch(/^HTTP\/1\.1 200 OK[^]*\r\n\r\nab$/);
    expect(await target.end()).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('leaves no child behind when the supervisor is killed', async () => {
    using target = new TargetProcess('--port', '0', '--supervise');
    const { port } = await target.listening();
    const controlUrl = await target.control();
    target.kill('SIGKILL');
    expect((await target.end()).signal).toBe('SIGKILL');
    await expect.poll(() => dial(port)).toBe('ECONNREFUSED');
    await expect.poll(() => dial(Number(new URL(controlUrl).port))).toBe('ECONNREFUSED');
  });

  it('stops with one sentence when the port of the control server is in use', async () => {
    const other = await startTarget({ port: 0 });
    using target = new TargetProcess('--port', '0', '--supervise', '--control-port', String(other.port));
    const { port } = await target.listening();
    expect(await target.end()).toEqual({
      code: 1,
      signal: null,
      stderr: `cannot listen on 127.0.0.1:${other.port}: the port is in use (EADDRINUSE)\n`,
    });
    expect(await dial(port)).toBe('ECONNREFUSED');
    await other.close();
  });
});
