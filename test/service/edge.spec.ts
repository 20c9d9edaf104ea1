import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEMS, problem, type ProblemCode } from '#libs/contracts';
import { expectProblem } from './routes/chapter.ts';
import { REDIS_KINDS } from './support/redis-kinds.ts';
import { TOKENS, TestApi } from './support/test-api.ts';

const kind = REDIS_KINDS.find(({ isAvailable }) => isAvailable) ?? REDIS_KINDS[0]!;

async function connected({ url }: TestApi): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

describe('what no route answers', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start(kind, { hasWorker: false });
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
  });

  it.each([
    ['GET', '/nothing'],
    ['GET', '/../../etc/passwd'],
    ['PATCH', '/targets'],
    ['PUT', '/runs'],
    ['DELETE', '/safety-lever'],
    ['POST', '/campaigns:explode'],
  ])('%s %s is a problem', async (method, path) => {
    expectProblem(await api.ask(method, path, { body: {} }), 'not_found');
  });

  it.each<[string, ProblemCode, string]>([
    ['bytes that are no HTTP', 'malformed', 'HELLO\r\n\r\n'],
    ['a control character in the address', 'malformed', 'GET /\u0001 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
    [
      'two lengths of one body',
      'malformed',
      'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    [
      'a header above 16 kB',
      'headers_too_large',
      `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`,
    ],
  ])('%s: a problem, %s, and the connection closes', async (_, code, bytes) => {
    const socket = await connected(api);
    socket.write(bytes);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head.split('\r\n')[0]).toBe(`HTTP/1.1 ${PROBLEMS[code].status} ${PROBLEMS[code].title}`);
    expect(head).toContain('Content-Type: application/problem+json');
    expect(problem.parse(JSON.parse(body))).toMatchObject({ code, status: PROBLEMS[code].status });
  });

  it('a request has a time in which to arrive', () => {
    const { requestTimeout, headersTimeout } = api.app.getHttpServer();
    expect([requestTimeout, headersTimeout > 0]).toEqual([30_000, true]);
  });
});

describe('the probes', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start(kind, { hasTokens: true, hasWorker: false });
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
  });

  const statusOf = async (path: string, token?: string): Promise<number> =>
    (await fetch(`${api.url}${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} })).status;

  it('answer without a token, the metrics with any', async () => {
    expect(await Promise.all(['/healthz', '/readyz', '/metrics'].map((path) => statusOf(path)))).toEqual([
      200, 200, 401,
    ]);
    expect(await statusOf('/metrics', TOKENS.viewer)).toBe(200);
  });

  it('say that it lives and is not ready while Redis is away', async () => {
    await api.redis.kill();
    expect(await Promise.all(['/healthz', '/readyz'].map((path) => statusOf(path)))).toEqual([200, 503]);
  });
});

it('the service shuts down, whoever has asked for a large page and does not read it', async () => {
  const api = await TestApi.start(kind, { hasWorker: false });
  const socket = await connected(api);
  socket.pause();
  socket.on('error', () => {});
  socket.write('GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await once(socket, 'readable');
  await api[Symbol.asyncDispose]();
  socket.destroy();
});
