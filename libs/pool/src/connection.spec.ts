import { ScriptedPool, closeReasons, settle, type ScriptedTransport, type SentRequest } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { PoolOptions } from './options.ts';
import type { PoolRequest } from './request.ts';

interface Running {
  readonly bench: ScriptedPool;
  readonly wire: ScriptedTransport;
  readonly request: SentRequest;
}

/** A request that is under way on a fresh connection. */
function running(options: PoolOptions = {}, request: Partial<PoolRequest> = {}): Running {
  const bench = new ScriptedPool(options);
  const sent = bench.send(request);
  bench.wire(0).connect();
  return { bench, wire: bench.wire(0), request: sent };
}

const HEAD_OF_TEN = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';

describe('what goes out', () => {
  it('is head and body in the order of HTTP', () => {
    const { wire } = running({}, { method: 'POST', path: '/x', body: 'héllo' });
    expect(wire.sent).toBe(
      'POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\nContent-Length: 6\r\n\r\nh\u00c3\u00a9llo',
    );
  });

  it.each([16 * 1024, 16 * 1024 + 1])('is whole with a body of %i bytes', (length) => {
    const body = 'b'.repeat(length);
    const { wire, request } = running({}, { method: 'POST', body });
    expect(wire.sent.endsWith(`\r\n\r\n${body}`)).toBe(true);
    wire.respond();
    expect(request.exchange.requestBytesWritten).toBe(wire.sent.length);
  });
});

describe('the headers timeout', () => {
  it('ends a request without a response head at that very moment, and cuts its connection', async () => {
    const { bench, wire, request } = running({ headersTimeoutMs: 500 });
    await bench.advance(499);
    expect(request.fate).toBe('pending');
    await bench.advance(1);
    expect(request.error).toMatchObject({ code: 'PLR_HEADERS_TIMEOUT', phase: 'wait', errno: 'ETIMEDOUT' });
    expect(request.error.message).toContain('no response head within 500 ms');
    expect(wire.life).toBe('reset');
  });

  it('is not moved by half a head or by an interim response', async () => {
    const { bench, wire, request } = running({ headersTimeoutMs: 500 });
    await bench.advance(400);
    wire.receive('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nX:');
    await bench.advance(100);
    expect(request.error).toMatchObject({ code: 'PLR_HEADERS_TIMEOUT', phase: 'receive' });
  });
});

describe('the body timeout', () => {
  it('ends a body that stops coming, though the headers timeout is far off', async () => {
    const { bench, wire, request } = running({ headersTimeoutMs: 30_000, bodyTimeoutMs: 200 });
    await bench.advance(10);
    wire.receive(HEAD_OF_TEN);
    await bench.advance(199);
    expect(bench.pool.stats().active).toBe(1);
    await bench.advance(1);
    expect(wire.life).toBe('reset');
    await expect(request.response.body.text()).rejects.toMatchObject({
      code: 'PLR_BODY_TIMEOUT',
      phase: 'receive',
      errno: 'ETIMEDOUT',
      responseBytesRead: HEAD_OF_TEN.length,
    });
  });

  it('moves with each piece', async () => {
    const { bench, wire, request } = running({ bodyTimeoutMs: 200 });
    wire.receive(HEAD_OF_TEN);
    for (let i = 0; i < 10; i += 1) {
      await bench.advance(199);
      wire.receive('x');
    }
    await settle();
    expect(await request.response.body.text()).toBe('xxxxxxxxxx');
  });

  it('stops while reading is paused, and starts anew when it goes on', async () => {
    const { bench, wire, request } = running({
      bodyTimeoutMs: 200,
      headersTimeoutMs: 300,
      unreadTimeoutMs: 60_001,
    });
    wire.receive(`HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${'x'.repeat(65_536)}`);
    expect(wire.isPaused).toBe(true);
    await bench.advance(60_000);
    const text = request.response.body.text();
    expect(wire.isPaused).toBe(false);
    await bench.advance(199);
    expect(wire.life).toBe('connected');
    bench.clock.advance(1);
    await expect(text).rejects.toMatchObject({ code: 'PLR_BODY_TIMEOUT' });
  });
});

describe('the attempt timeout', () => {
  it('ends the attempt at that very moment, also in the middle of the body', async () => {
    const { bench, wire, request } = running({}, { attemptTimeoutMs: 100 });
    await bench.advance(60);
    wire.receive(HEAD_OF_TEN);
    await bench.advance(39);
    wire.receive('xxx');
    bench.clock.advance(1);
    await expect(request.response.body.text()).rejects.toMatchObject({
      code: 'PLR_ATTEMPT_TIMEOUT',
      errno: 'ETIMEDOUT',
    });
  });

  it('runs on while reading is paused', async () => {
    const { bench, wire, request } = running({}, { attemptTimeoutMs: 100 });
    wire.receive(`HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${'x'.repeat(65_536)}`);
    await bench.advance(100);
    await expect(request.response.body.text()).rejects.toMatchObject({ code: 'PLR_ATTEMPT_TIMEOUT' });
  });
});

describe('the deadline', () => {
  it('ends a running request at that very moment', async () => {
    const { bench, request } = running({}, { deadlineAtMs: 100 });
    await bench.advance(99);
    expect(request.fate).toBe('pending');
    await bench.advance(1);
    expect(request.error).toMatchObject({ code: 'PLR_DEADLINE', kind: 'caller', phase: 'wait' });
  });

  it('goes before the attempt timeout of the same moment', async () => {
    const { bench, request } = running({}, { deadlineAtMs: 100, attemptTimeoutMs: 100 });
    await bench.advance(100);
    expect(request.fate).toBe('PLR_DEADLINE');
  });
});

describe('a connection whose response is complete', () => {
  it('has no due time any more', async () => {
    const { bench, wire } = running(
      { headersTimeoutMs: 100, idleTimeoutMs: 10_000 },
      { attemptTimeoutMs: 50 },
    );
    wire.respond();
    await bench.advance(9_999);
    expect(wire.life).toBe('connected');
  });

  it.each([
    [
      'Connection: close',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
      'asked-to-close',
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'asked-to-close'],
    [
      'bytes after its end',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200',
      'unsolicited-bytes',
    ],
  ])('is not reused after %s, but the response is good', async (_what, response, reason) => {
    const { wire, request } = running();
    expect(closeReasons(() => wire.receive(response))).toEqual([reason]);
    expect(wire.life).toBe('ended');
    await settle();
    expect(await request.response.body.text()).toBe('ok');
  });

  it('is not reused when the request asked to close', async () => {
    const { wire, request } = running({}, { headers: { connection: 'close' } });
    expect(closeReasons(() => wire.respond())).toEqual(['asked-to-close']);
    await settle();
    expect(request.fate).toBe(200);
  });

  it('is not reused when the answer came before the whole request had left', async () => {
    const bench = new ScriptedPool();
    const request = bench.send({ method: 'POST', body: 'x' });
    bench.wire(0).isSending = true;
    bench.wire(0).connect();
    expect(closeReasons(() => bench.wire(0).respond())).toEqual(['still-sending']);
    await settle();
    expect(request.fate).toBe(200);
  });

  it('is not reused when its body ended with the connection', async () => {
    const { wire, request } = running();
    wire.receive('HTTP/1.1 200 OK\r\n\r\nall of');
    wire.receive(' it');
    wire.finish();
    await settle();
    expect(await request.response.body.text()).toBe('all of it');
    expect(wire.life).toBe('ended');
  });

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n'],
  ])('is reused at once after a %s answered without a body', async (method, response) => {
    const { bench, wire, request } = running({}, { method });
    wire.receive(response);
    await settle();
    expect(await request.response.body.text()).toBe('');
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 1 });
  });

  it('serves the next request before the last reader has looked at its body', () => {
    const { bench, wire } = running({ maxConnections: 1 });
    bench.send({ path: '/next' });
    wire.respond('unread');
    expect(wire.requestLines).toEqual(['GET /', 'GET /next']);
  });

  it('gives each request its own answer', async () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    const requests = [bench.send(), bench.send()];
    bench.wire(0).connect();
    bench.wire(0).respond('first');
    bench.wire(0).respond('second');
    await settle();
    expect(await Promise.all(requests.map(async ({ response }) => response.body.text()))).toEqual([
      'first',
      'second',
    ]);
  });
});

describe('backpressure', () => {
  it('stops reading at 64 KiB unread and goes on when somebody reads', async () => {
    const { wire, request, bench } = running();
    wire.receive(`HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n${'x'.repeat(65_535)}`);
    expect(wire.isPaused).toBe(false);
    wire.receive('y');
    expect(wire.isPaused).toBe(true);
    await settle();
    const text = request.response.body.text();
    wire.receive('z');
    expect(await text).toHaveLength(65_537);
    expect(bench.pool.stats().idle).toBe(1);
  });

  it('does not stop the connection for the next request when the last piece filled the store', async () => {
    const { bench, wire } = running();
    wire.receive(`HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n${'x'.repeat(65_536)}`);
    expect(wire.isPaused).toBe(false);
    const next = bench.send();
    wire.respond();
    await settle();
    expect(next.fate).toBe(200);
  });
});

describe('a body that is given up', () => {
  it('keeps the connection while its rest is small', async () => {
    const { bench, wire, request } = running();
    wire.receive(`HTTP/1.1 200 OK\r\nContent-Length: 131072\r\n\r\n`);
    await settle();
    const dumped = request.response.body.dump();
    wire.receive('x'.repeat(131_072));
    await dumped;
    expect(wire.life).toBe('connected');
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 1 });
  });

  it('cuts the connection at once when its rest is large, and the next request is served on a new one', async () => {
    const { bench, wire, request } = running({ maxConnections: 1 });
    const next = bench.send();
    wire.receive(`HTTP/1.1 200 OK\r\nContent-Length: 131073\r\n\r\n`);
    await settle();
    await request.response.body.dump();
    expect(wire.life).toBe('reset');
    bench.wire(1).connect();
    bench.wire(1).respond();
    await settle();
    expect(next.fate).toBe(200);
  });
});

describe('a body of which more comes than its dump wants', () => {
  it('cuts the connection once, although its end came with it', async () => {
    const { wire, request } = running();
    wire.receive('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    await settle();
    const dumped = request.response.body.dump(1);
    expect(closeReasons(() => wire.receive('2\r\nxx\r\n0\r\n\r\n'))).toEqual(['aborted']);
    await dumped;
    expect(wire.life).toBe('reset');
  });
});

describe('a failed wire', () => {
  it('does not wait for the peer when the response breaks HTTP', async () => {
    const { wire, request } = running({}, { method: 'POST' });
    expect(closeReasons(() => wire.receive('HTTP/1.1 200 OK\r\nbad header: x\r\n\r\n'))).toEqual([
      'protocol',
    ]);
    await settle();
    expect(wire.life).toBe('reset');
    expect(request.error).toMatchObject({
      code: 'PLR_PROTOCOL',
      kind: 'protocol',
      phase: 'receive',
      retrySafe: false,
      cause: { name: 'ProtocolViolation' },
    });
  });

  it('frees its place for whoever waits', async () => {
    const { bench, wire } = running({ maxConnections: 1 });
    bench.send({ path: '/next' });
    wire.fail('ECONNRESET');
    bench.wire(1).connect();
    expect(bench.wire(1).requestLines).toEqual(['GET /next']);
  });
});
