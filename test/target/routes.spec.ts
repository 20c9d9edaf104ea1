import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type RunningTarget, startTarget } from '#libs/target';
import { FakeClock } from '#libs/testing';

import { ask } from './ask.ts';

const MIB = 2 ** 20;
const clock = new FakeClock();
let target: RunningTarget;

beforeAll(async () => {
  target = await startTarget({ port: 0, seed: 1 }, clock);
});
afterAll(() => target.close());

describe('the routes', () => {
  it('/ tells of all of them', async () => {
    const { status, body } = await ask(`${target.url}/`);
    expect(status).toBe(200);
    expect(Object.keys(JSON.parse(body.toString()).routes)).toEqual([
      '/',
      '/health',
      '/echo',
      '/bytes/N',
      '/delay/MS',
      '/status/CODE',
    ]);
  });

  it('/health is 15 bytes', async () => {
    const { status, headers, body } = await ask(`${target.url}/health`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '15' });
    expect(body.toString()).toBe('{"status":"ok"}');
  });

  it('/health answers GET and HEAD only', async () => {
    const { status, headers, body } = await ask(`${target.url}/health`, { method: 'POST', body: 'x' });
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
    expect(body.toString()).toBe('{"error":"/health answers GET, HEAD only"}');
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('/echo gives back the body of a %s', async (method) => {
    const body = Buffer.from('{"n":1}');
    const answer = await ask(`${target.url}/echo`, {
      method,
      headers: { 'content-type': 'text/x-test', 'content-length': body.length },
      body,
    });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/x-test' }, body });
  });

  it('/echo takes a body of 1 MiB, also one that does not tell its length', async () => {
    const body = Buffer.alloc(MIB, 'x');
    const answer = await ask(`${target.url}/echo`, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body,
    });
    expect(answer.status).toBe(200);
    expect(answer.body.equals(body)).toBe(true);
  });

  it('/echo refuses a longer body', async () => {
    const answer = await ask(`${target.url}/echo`, { method: 'POST', body: Buffer.alloc(MIB + 1) });
    expect(answer.status).toBe(413);
    expect(answer.body.toString()).toBe('{"error":"/echo takes a body of at most 1048576 bytes"}');
  });

  it.each([0, 1, 65_536, 65_537, 5_000_000])('/bytes/%d sends as many', async (length) => {
    const { status, headers, body } = await ask(`${target.url}/bytes/${length}`);
    expect(status).toBe(200);
    expect(headers['content-length']).toBe(String(length));
    expect(body.length).toBe(length);
  });

  it('/delay answers when its time has come', async () => {
    const answer = ask(`${target.url}/delay/5000`);
    await expect.poll(() => clock.pendingTimers).toBe(1);
    expect(clock.nextDueAtMs).toBe(clock.nowMs() + 5000);
    clock.advance(5000);
    expect(await answer).toMatchObject({ status: 200, body: Buffer.from('{"delayMs":5000}') });
  });

  it('/delay forgets a client that has gone', async () => {
    const socket = connect({ host: '127.0.0.1', port: target.port });
    socket.write('GET /delay/5000 HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => clock.pendingTimers).toBe(1);
    socket.destroy();
    await expect.poll(() => clock.pendingTimers).toBe(0);
  });

  it.each([200, 301, 404, 503, 599])('/status/%d answers it', async (status) => {
    const answer = await ask(`${target.url}/status/${status}`);
    expect(answer).toMatchObject({ status, body: Buffer.from(`{"status":${status}}`) });
  });

  it.each([204, 205, 304])('/status/%d has no body', async (status) => {
    const answer = await ask(`${target.url}/status/${status}`);
    expect(answer).toMatchObject({ status, body: Buffer.alloc(0) });
    expect(answer.headers['content-length'] ?? '0').toBe('0');
  });

  it.each(['/nothing', '/health/', '/bytes', '//health', '/healthy'])('%s is none of them', async (path) => {
    const { status, body } = await ask(target.url + path);
    expect(status).toBe(404);
    expect(body.toString()).toBe(
      '{"error":"no such route: the target answers /, /health, /echo, /bytes/N, /delay/MS, /status/CODE"}',
    );
  });

  it.each([
    ['/bytes/67108865', 'N in /bytes/N must be an integer from 0 to 67108864, got "67108865"'],
    ['/bytes/', 'N in /bytes/N must be an integer from 0 to 67108864, got ""'],
    ['/bytes/1/2', 'N in /bytes/N must be an integer from 0 to 67108864, got "1/2"'],
    ['/delay/60001', 'MS in /delay/MS must be an integer from 0 to 60000, got "60001"'],
    ['/delay/-1', 'MS in /delay/MS must be an integer from 0 to 60000, got "-1"'],
    ['/status/100', 'CODE in /status/CODE must be an integer from 200 to 599, got "100"'],
  ])('%s is refused with its range', async (path, error) => {
    const { status, body } = await ask(target.url + path);
    expect(status).toBe(400);
    expect(JSON.parse(body.toString())).toEqual({ error });
  });

  it.each(['/', '/health', '/echo', '/bytes/5000000', '/delay/0', '/status/503', '/nothing'])(
    'HEAD %s has the head of GET and no body',
    async (path) => {
      const answers = [ask(target.url + path), ask(target.url + path, { method: 'HEAD' })];
      if (path === '/delay/0') await expect.poll(() => clock.pendingTimers).toBe(2);
      clock.advance(0);
      const [get, head] = await Promise.all(answers);
      expect(head?.status).toBe(get?.status);
      expect(head?.headers['content-length']).toBe(get?.headers['content-length']);
      expect(head?.headers['content-type']).toBe(get?.headers['content-type']);
      expect(head?.body.length).toBe(0);
    },
  );

  it('announce how long an idle connection stays open', async () => {
    const patient = await startTarget({ port: 0, keepAliveTimeoutMs: 65_000 });
    const agent = new Agent({ keepAlive: true });
    const { headers } = await ask(`${patient.url}/health`, { agent });
    expect(headers['keep-alive']).toBe('timeout=65');
    agent.destroy();
    await patient.close();
  });

  it('answer the absolute form of a request target', async () => {
    const socket = connect({ host: '127.0.0.1', port: target.port });
    await once(socket, 'connect');
    socket.write(
      'GET http://elsewhere/status/418?x HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n',
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 418 /);
  });
});

describe('faults in the query', () => {
  it('answer a status instead of any route', async () => {
    expect(await ask(`${target.url}/health?status=503`)).toMatchObject({
      status: 503,
      body: Buffer.from('{"status":503}'),
    });
    expect((await ask(`${target.url}/echo?status=204`, { method: 'POST', body: 'x' })).status).toBe(204);
  });

  it('delay any route', async () => {
    const answer = ask(`${target.url}/health?delay=250ms`);
    await expect.poll(() => clock.pendingTimers).toBe(1);
    expect(clock.nextDueAtMs).toBe(clock.nowMs() + 250);
    clock.advance(250);
    expect((await answer).status).toBe(200);
  });

  it('are refused with a sentence that names the field', async () => {
    const { status, body } = await ask(`${target.url}/health?delay=soon`);
    expect(status).toBe(400);
    expect(JSON.parse(body.toString()).error).toMatch(/^delay must be a comma list of .*, got "soon"$/);
  });

  it('fall alike for one seed and otherwise for another', async () => {
    const statuses = async (seed: number): Promise<string> => {
      const seeded = await startTarget({ port: 0, seed });
      const seen: (number | undefined)[] = [];
      for (let i = 0; i < 30; i += 1) seen.push((await ask(`${seeded.url}/health?status=503:50`)).status);
      await seeded.close();
      return seen.join();
    };
    const first = await statuses(7);
    expect(await statuses(7)).toBe(first);
    expect(await statuses(8)).not.toBe(first);
  });
});
