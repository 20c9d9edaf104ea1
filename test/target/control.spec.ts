import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ask } from './ask.ts';
import { TargetProcess } from './target-process.ts';

describe('the control server', () => {
  let target: TargetProcess;
  let pid: number;
  let url: string;

  beforeAll(async () => {
    target = new TargetProcess('--port', '0', '--supervise');
    ({ pid } = await target.listening());
    url = await target.control();
  });
  afterAll(() => {
    target[Symbol.dispose]();
  });

  it('tells the state, also to a page of its own', async () => {
    for (const headers of [{}, { origin: url }, { host: 'localhost' }, { host: '[::1]:80' }]) {
      const { status, body } = await ask(`${url}/state`, { headers });
      expect(status).toBe(200);
      expect(JSON.parse(body.toString())).toEqual({ state: 'up', pid, restarts: 0 });
    }
  });

  it.each([
    { origin: 'http://example.com' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1' },
    { host: 'example.com' },
    { host: 'localhost.example.com:80' },
  ])('refuses a request of a foreign page: %j', async (headers) => {
    const { status } = await ask(`${url}/crash`, { method: 'POST', headers });
    expect(status).toBe(403);
  });

  it('crashes by POST only', async () => {
    const { status, headers } = await ask(`${url}/crash`);
    expect(status).toBe(405);
    expect(headers.allow).toBe('POST');
  });

  it('tells the state by GET and HEAD only', async () => {
    expect((await ask(`${url}/state`, { method: 'HEAD' })).status).toBe(200);
    const { status, headers } = await ask(`${url}/state`, { method: 'POST' });
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
  });

  it.each(['', '500', '61s', '-1ms'])('refuses an outage of %j', async (outage) => {
    const { status, body } = await ask(`${url}/crash?outage=${outage}`, { method: 'POST' });
    expect(status).toBe(400);
    expect(JSON.parse(body.toString())).toEqual({
      error: `outage must be a duration from 0ms to 60s, got "${outage}"`,
    });
  });

  it('knows no other route', async () => {
    expect((await ask(`${url}/`)).status).toBe(404);
  });

  it('has killed nothing by all these requests', async () => {
    const { body } = await ask(`${url}/state`);
    expect(JSON.parse(body.toString())).toEqual({ state: 'up', pid, restarts: 0 });
  });
});

describe('the control server with a token', () => {
  const token = 'a-token-of-some-length';
  let folder: string;
  let target: TargetProcess;
  let pid: number;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pooler-control-'));
    const file = join(folder, 'token');
    await writeFile(file, `${token}\n`);
    const control = ['--control-host', '0.0.0.0', '--control-token-file', file];
    target = new TargetProcess('--port', '0', '--supervise', ...control);
    ({ pid } = await target.listening());
    url = (await target.control()).replace('0.0.0.0', '127.0.0.1');
  });
  afterAll(async () => {
    target[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });

  it.each([
    {},
    { authorization: token },
    { authorization: `Bearer ${token}x` },
    { authorization: 'Bearer ' },
  ])('answers nothing to %j', async (headers) => {
    const { status, headers: answered } = await ask(`${url}/crash`, { method: 'POST', headers });
    expect(status).toBe(401);
    expect(answered['www-authenticate']).toBe('Bearer');
  });

  it('answers who has it, by whatever name it was reached', async () => {
    const headers = { authorization: `Bearer ${token}`, host: 'pooler-target:8081' };
    const state = await ask(`${url}/state`, { headers });
    expect(JSON.parse(state.body.toString())).toEqual({ state: 'up', pid, restarts: 0 });
    const crash = await ask(`${url}/crash?outage=0ms`, { method: 'POST', headers });
    expect(crash.status).toBe(202);
    expect(JSON.parse(crash.body.toString())).toEqual({ killedPid: pid, outageMs: 0 });
  });
});
