import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, dial } from '../target/ask.ts';
import { ProxyProcess } from './proxy-process.ts';
import { Peer, TestUpstream } from './tcp-ends.ts';

describe('pooler proxy', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pooler-proxy-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function configOf(content: unknown): string {
    const path = join(folder, 'proxies.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  it('begins with the proxies of its file, and says where they and the control API listen', async () => {
    await using upstream = await TestUpstream.echo();
    const config = configOf([
      { name: 'web', listen: '127.0.0.1:0', upstream: `127.0.0.1:${upstream.port}` },
      { name: 'off', listen: '127.0.0.1:0', upstream: '127.0.0.1:9', enabled: false },
    ]);
    using command = new ProxyProcess('--port', '0', '--config', config, '--seed', '7');
    const line = await command.line();
    const [, port] = /^proxy web listening on 127\.0\.0\.1:(\d+) for 127\.0\.0\.1:\d+$/.exec(line) ?? [];
    const { url, seed } = await command.listening();
    expect(seed).toBe(7);
    const client = await Peer.dial(Number(port));
    client.socket.write('hi');
    expect(await client.bytes(2)).toBe('hi');
    expect(Object.keys(JSON.parse((await ask(`${url}/proxies`)).body.toString()))).toEqual(['off', 'web']);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('closes its connections and ends well on %s', async (signal) => {
    await using upstream = await TestUpstream.echo();
    const config = configOf([{ name: 'web', listen: '127.0.0.1:0', upstream: `127.0.0.1:${upstream.port}` }]);
    using command = new ProxyProcess('--port', '0', '--config', config);
    const port = Number((await command.line()).match(/:(\d+) for/)?.[1]);
    await command.listening();
    const client = await Peer.dial(port);
    client.socket.write('hi');
    await client.bytes(2);
    command.kill(signal);
    expect(await client.end()).toBe('fin');
    expect(await command.end()).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('holds no port after SIGKILL', async () => {
    await using upstream = await TestUpstream.echo();
    const config = configOf([{ name: 'web', listen: '127.0.0.1:0', upstream: `127.0.0.1:${upstream.port}` }]);
    using command = new ProxyProcess('--port', '0', '--config', config);
    const port = Number((await command.line()).match(/:(\d+) for/)?.[1]);
    const { port: controlPort } = await command.listening();
    const client = await Peer.dial(port);
    client.socket.write('hi');
    await client.bytes(2);
    command.kill('SIGKILL');
    await command.end();
    expect([await dial(port), await dial(controlPort)]).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
    const again = configOf([
      { name: 'web', listen: `127.0.0.1:${port}`, upstream: `127.0.0.1:${upstream.port}` },
    ]);
    using second = new ProxyProcess('--port', String(controlPort), '--config', again);
    await second.line();
    expect((await second.listening()).port).toBe(controlPort);
  });

  it('says in one line why it cannot listen, and ends with 1', async () => {
    using first = new ProxyProcess('--port', '0');
    const { port } = await first.listening();
    using second = new ProxyProcess('--port', String(port));
    const { code, stderr } = await second.end();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*\n$/);
  });

  it.each([
    ['no JSON', 'bad request body: invalid JSON'],
    ['{}', 'it must be a list of proxies'],
    ['[{"name":"a"}]', 'missing required field: upstream at proxy 1'],
  ])('refuses the file %j before it starts anything', async (content, reason) => {
    using command = new ProxyProcess('--config', configOf(content));
    const { code, stderr } = await command.end();
    expect(code).toBe(104);
    expect(stderr).toContain('--config must be a JSON file with a list of proxies');
    expect(stderr).toContain(reason);
    expect(await command.line()).toBe('');
  });
});
