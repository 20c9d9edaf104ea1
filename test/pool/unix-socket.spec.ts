import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { Pool } from '#libs/pool';
import { channels, type RequestRecord } from '#libs/records';

let folder: string;
let socketPath: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pooler-'));
  socketPath = join(folder, 'http.sock');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Answers with the host and the path it was asked for; `/hang` is never answered. */
async function listen(): Promise<Server & AsyncDisposable> {
  const server = createServer((request, response) => {
    if (request.url !== '/hang') response.end(`${request.headers.host}${request.url}`);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return server;
}

describe('a pool over a UNIX socket', () => {
  it('reuses its connection, sends the host of the origin, and names the path in its records', async () => {
    await using server = await listen();
    expect(server.address()).toBe(socketPath);
    const records: RequestRecord[] = [];
    const stop = channels.request.subscribe((record) => {
      if (record.origin === 'http://engine.test') records.push(record);
    });
    const client = new Client({ pool: { socketPath } });
    for (const path of ['/a', '/b']) {
      const { body } = await client.request(`http://engine.test${path}`, { awaitBody: true });
      expect(await body.text()).toBe(`engine.test${path}`);
    }
    stop();
    expect(client.stats().pool).toMatchObject({ active: 0, idle: 1 });
    const facts = records.map(({ attempts }) => attempts[0]?.connection);
    expect(facts).toMatchObject([
      { id: 1, reused: false, remoteAddress: socketPath },
      { id: 1, reused: true, remoteAddress: socketPath },
    ]);
    await client.close();
  });

  it('can be given up in the middle of a request', async () => {
    await using server = await listen();
    const pool = new Pool('http://localhost', { socketPath });
    const aborter = new AbortController();
    const asked = once(server, 'request');
    const sent = pool.request({ path: '/hang', signal: aborter.signal });
    await asked;
    aborter.abort();
    await expect(sent).rejects.toMatchObject({ code: 'PLR_ABORTED' });
    await pool.close();
  });

  it('is refused where no socket is: ENOENT', async () => {
    const pool = new Pool('http://localhost', { socketPath });
    await expect(pool.request({ path: '/', method: 'POST' })).rejects.toMatchObject({
      code: 'PLR_CONNECT_REFUSED',
      errno: 'ENOENT',
      phase: 'connect',
      retrySafe: true,
    });
    await pool.close();
  });

  it('is refused where nobody listens behind the socket: ECONNREFUSED', async () => {
    const server = await listen();
    const moved = join(folder, 'left-behind.sock');
    // A server takes its socket away when it closes, if it finds it.
    renameSync(socketPath, moved);
    server.close();
    await once(server, 'close');
    const pool = new Pool('http://localhost', { socketPath: moved });
    await expect(pool.request({ path: '/', method: 'POST' })).rejects.toMatchObject({
      code: 'PLR_CONNECT_REFUSED',
      errno: 'ECONNREFUSED',
      retrySafe: true,
    });
    await pool.close();
  });
});
