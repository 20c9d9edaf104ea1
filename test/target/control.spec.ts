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
