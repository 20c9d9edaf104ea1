import { ScriptedPool, settle, type SentRequest } from '#libs/testing';
import { describe, expect, it } from 'vitest';

const fates = (requests: readonly SentRequest[]): Array<string | number> => requests.map(({ fate }) => fate);

describe('lending connections', () => {
  it('dials for the first request and sends it once connected', async () => {
    const bench = new ScriptedPool();
    const request = bench.send({ path: '/a' });
    expect(bench.wire(0).sent).toBe('');
    bench.wire(0).connect();
    expect(bench.wire(0).requestLines).toEqual(['GET /a']);
    bench.wire(0).respond();
    await settle();
    expect(request.fate).toBe(200);
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 1, pending: 0, dialing: 0, opened: 1 });
  });

  it('reuses the connection that was used last', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(3);
    bench.send({ path: '/first' });
    bench.send({ path: '/second' });
    expect(bench.wire(2).requestLines).toEqual(['GET /', 'GET /first']);
    expect(bench.wire(1).requestLines).toEqual(['GET /', 'GET /second']);
    bench.wire(1).respond();
    bench.send({ path: '/third' });
    expect(bench.wire(1).requestLines).toEqual(['GET /', 'GET /second', 'GET /third']);
    expect(bench.wire(0).requestLines).toEqual(['GET /']);
  });

  it('notes whether a connection had served before', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    const reusing = bench.send();
    const fresh = bench.send();
    bench.wire(1).connect();
    expect([reusing.exchange.reused, fresh.exchange.reused]).toEqual([true, false]);
    expect([reusing.exchange.connectionId, fresh.exchange.connectionId]).toEqual([1, 2]);
  });
});

describe('waiting for a connection', () => {
  it('is served first in, first out, as connections come free', async () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    const requests = ['/a', '/b', '/c'].map((path) => bench.send({ path }));
    const wire = bench.wire(0);
    wire.connect();
    wire.respond();
    expect(wire.requestLines).toEqual(['GET /a', 'GET /b']);
    wire.respond();
    wire.respond();
    await settle();
    expect(wire.requestLines).toEqual(['GET /a', 'GET /b', 'GET /c']);
    expect(fates(requests)).toEqual([200, 200, 200]);
  });

  it('is not overtaken by a request that comes while a connection is free only for a moment', () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    bench.send({ path: '/a' });
    bench.wire(0).connect();
    bench.send({ path: '/b' });
    bench.send({ path: '/c' });
    bench.wire(0).respond();
    bench.send({ path: '/d' });
    bench.wire(0).respond();
    expect(bench.wire(0).requestLines).toEqual(['GET /a', 'GET /b', 'GET /c']);
  });

  it('ends with whichever connection is ready first: the oldest is served, and the late dial joins the idle ones', async () => {
    const bench = new ScriptedPool({ maxConnections: 2 });
    await bench.openIdle(1);
    bench.send({ path: '/busy' });
    const waiting = bench.send({ path: '/waiting' });
    expect(bench.dialled).toBe(2);
    bench.wire(0).respond();
    expect(bench.wire(0).requestLines).toEqual(['GET /', 'GET /busy', 'GET /waiting']);
    bench.wire(1).connect();
    expect(bench.wire(1).sent).toBe('');
    expect(bench.pool.stats()).toMatchObject({ active: 1, idle: 1, pending: 0 });
    bench.wire(0).respond();
    await settle();
    expect(waiting.fate).toBe(200);
  });

  it('serves the oldest on the dial that connects first, not on its own', () => {
    const bench = new ScriptedPool();
    bench.send({ path: '/a' });
    bench.send({ path: '/b' });
    bench.wire(1).connect();
    expect(bench.wire(1).requestLines).toEqual(['GET /a']);
    bench.wire(0).connect();
    expect(bench.wire(0).requestLines).toEqual(['GET /b']);
  });

  it('is refused beyond maxPending, and the refusal says how full the pool is', async () => {
    const bench = new ScriptedPool({ maxConnections: 1, maxPending: 2 });
    bench.send();
    bench.wire(0).connect();
    const waiting = [bench.send(), bench.send()];
    const refused = bench.send({ method: 'POST' });
    await settle();
    expect(fates(waiting)).toEqual(['pending', 'pending']);
    expect(refused.error).toMatchObject({
      code: 'PLR_QUEUE_FULL',
      phase: 'acquire',
      retrySafe: true,
      origin: 'http://127.0.0.1',
      pool: { active: 1, idle: 0, pending: 2, max: 1 },
      message:
        'http://127.0.0.1: 2 requests already wait for a connection (active=1, idle=0, pending=2, max=1)',
    });
  });

  it('does not count against maxPending while its own dial is under way', async () => {
    const bench = new ScriptedPool({ maxConnections: 2, maxPending: 0 });
    const dialled = [bench.send(), bench.send()];
    const refused = bench.send();
    await settle();
    expect(fates(dialled)).toEqual(['pending', 'pending']);
    expect(refused.fate).toBe('PLR_QUEUE_FULL');
  });

  it('may be for a dial under way, besides those whom maxPending lets wait', async () => {
    const bench = new ScriptedPool({ maxConnections: 1, maxPending: 1 });
    const requests = [bench.send(), bench.send(), bench.send()];
    await settle();
    expect(fates(requests)).toEqual(['pending', 'pending', 'PLR_QUEUE_FULL']);
  });

  it('ends with acquireTimeoutMs, at that very moment, and says how full the pool was', async () => {
    const bench = new ScriptedPool({ maxConnections: 1, acquireTimeoutMs: 700 });
    bench.send();
    bench.wire(0).connect();
    await bench.advance(50);
    const request = bench.send({ method: 'POST' });
    await bench.advance(699);
    expect(request.fate).toBe('pending');
    await bench.advance(1);
    expect(request.error).toMatchObject({
      code: 'PLR_ACQUIRE_TIMEOUT',
      kind: 'local',
      phase: 'acquire',
      errno: 'ETIMEDOUT',
      retrySafe: true,
      pool: { active: 1, idle: 0, pending: 0, max: 1 },
    });
    expect(request.error.message).toContain('within 700 ms (active=1, idle=0, pending=0, max=1)');
    expect(bench.wire(0).requestLines).toHaveLength(1);
  });

  it('ends with the deadline, where that comes first', async () => {
    const bench = new ScriptedPool({ maxConnections: 1, acquireTimeoutMs: 700 });
    bench.send();
    bench.wire(0).connect();
    const request = bench.send({ deadlineAtMs: 300 });
    await bench.advance(299);
    expect(request.fate).toBe('pending');
    await bench.advance(1);
    expect(request.error).toMatchObject({ code: 'PLR_DEADLINE', phase: 'acquire', requestBytesWritten: 0 });
  });

  it('does not begin when the deadline has passed: nothing is sent, although a connection is free', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    await bench.advance(10);
    const request = bench.send({ deadlineAtMs: 10 });
    await settle();
    expect(request.fate).toBe('PLR_DEADLINE');
    expect(bench.wire(0).requestLines).toHaveLength(1);
  });

  it('uses no part of the attempt timeout', async () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    bench.send();
    bench.wire(0).connect();
    const request = bench.send({ attemptTimeoutMs: 100 });
    await bench.advance(1_000);
    bench.wire(0).respond();
    await bench.advance(99);
    expect(request.fate).toBe('pending');
    await bench.advance(1);
    expect(request.fate).toBe('PLR_ATTEMPT_TIMEOUT');
  });

  it('comes and goes ten thousand times and leaves nothing behind', async () => {
    const bench = new ScriptedPool({ maxConnections: 1, maxPending: 10_000, acquireTimeoutMs: 100 });
    bench.send();
    bench.wire(0).connect();
    const leaver = new AbortController();
    // One signal for them all is the caller's business, and Node warns of leaks only above its limit.
    const requests = Array.from({ length: 10_000 }, (_, i) =>
      bench.send({ signal: i % 3 === 0 ? leaver.signal : undefined }),
    );
    expect(bench.pool.stats().pending).toBe(10_000);
    leaver.abort();
    expect(bench.pool.stats().pending).toBe(6_666);
    for (let i = 0; i < 3_333; i += 1) bench.wire(0).respond();
    expect(bench.pool.stats().pending).toBe(3_333);
    await bench.advance(100);
    expect(bench.pool.stats().pending).toBe(0);
    const byFate = Map.groupBy(requests, ({ fate }) => fate);
    expect(byFate.get('PLR_ABORTED')).toHaveLength(3_334);
    expect(byFate.get(200)).toHaveLength(3_332);
    expect(byFate.get('PLR_ACQUIRE_TIMEOUT')).toHaveLength(3_333);
    expect(byFate.get('pending')).toHaveLength(1);
  });
});

describe('dialling', () => {
  it('never goes beyond maxConnections, dials under way included', async () => {
    const bench = new ScriptedPool({ maxConnections: 3 });
    for (let i = 0; i < 10; i += 1) bench.send();
    expect(bench.dialled).toBe(3);
    bench.wire(0).connect();
    bench.wire(0).respond();
    expect(bench.dialled).toBe(3);
    expect(bench.pool.stats()).toMatchObject({ active: 1, dialing: 2, pending: 8 });
    bench.wire(0).fail('ECONNRESET');
    await settle();
    expect(bench.dialled).toBe(4);
  });

  it('starts no dial for a request that another one under way will serve', () => {
    const bench = new ScriptedPool();
    const leaver = new AbortController();
    bench.send({ signal: leaver.signal });
    leaver.abort();
    bench.send();
    expect(bench.dialled).toBe(1);
  });

  it.each([
    ['ECONNREFUSED', 'connect', 'PLR_CONNECT_REFUSED', 'connection'],
    ['ENOTFOUND', 'getaddrinfo', 'PLR_DNS', 'connection'],
    ['EHOSTUNREACH', 'connect', 'PLR_CONNECT_FAILED', 'connection'],
  ])('that fails with %s fails the request it was made for', async (errno, syscall, code, kind) => {
    const bench = new ScriptedPool();
    const request = bench.send({ method: 'POST' });
    bench.wire(0).fail(errno, syscall);
    await settle();
    expect(request.error).toMatchObject({
      code,
      kind,
      errno,
      syscall,
      phase: 'connect',
      reused: false,
      requestBytesWritten: 0,
      responseBytesRead: 0,
      retrySafe: true,
      origin: 'http://127.0.0.1',
      pool: { active: 0, idle: 0, pending: 0, max: 32 },
      cause: { code: errno },
    });
    expect(bench.pool.stats()).toMatchObject({ opened: 0, dialsFailed: 1, dialing: 0 });
  });

  it('that fails fails one waiting request, the oldest; the dials of the others go on', async () => {
    const bench = new ScriptedPool();
    const requests = [bench.send(), bench.send(), bench.send()];
    bench.wire(2).fail('ECONNREFUSED');
    await settle();
    expect(fates(requests)).toEqual(['PLR_CONNECT_REFUSED', 'pending', 'pending']);
    expect(bench.dialled).toBe(3);
  });

  it('that fails is made again for those who wait without a dial of their own', async () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    const requests = [bench.send(), bench.send()];
    bench.wire(0).fail('ECONNREFUSED');
    await settle();
    expect(fates(requests)).toEqual(['PLR_CONNECT_REFUSED', 'pending']);
    bench.wire(1).connect();
    bench.wire(1).respond();
    await settle();
    expect(fates(requests)).toEqual(['PLR_CONNECT_REFUSED', 200]);
  });

  it('that fails fails nobody when its request was served elsewhere', async () => {
    const bench = new ScriptedPool({ maxConnections: 2 });
    const requests = [bench.send(), bench.send()];
    bench.wire(0).connect();
    bench.wire(0).respond();
    bench.wire(1).fail('ECONNREFUSED');
    bench.wire(0).respond();
    await settle();
    expect(fates(requests)).toEqual([200, 200]);
  });

  it('that fails fails nobody when another under way suffices for those who wait', async () => {
    const bench = new ScriptedPool();
    const leaver = new AbortController();
    bench.send({ signal: leaver.signal });
    const request = bench.send();
    leaver.abort();
    bench.wire(0).fail('ECONNREFUSED');
    await settle();
    expect([request.fate, bench.dialled]).toEqual(['pending', 2]);
  });

  it('ends after connectTimeoutMs, at that very moment', async () => {
    const bench = new ScriptedPool({ connectTimeoutMs: 300 });
    const request = bench.send();
    await bench.advance(299);
    expect(request.fate).toBe('pending');
    await bench.advance(1);
    expect(request.error).toMatchObject({
      code: 'PLR_CONNECT_TIMEOUT',
      kind: 'timeout',
      phase: 'connect',
      errno: 'ETIMEDOUT',
      syscall: 'connect',
      retrySafe: true,
    });
    expect(request.error.message).toContain('no connection within 300 ms');
    expect(bench.wire(0).life).toBe('reset');
  });

  it('blames the peer when the dial and the wait for it end at the same moment, as by default', async () => {
    const bench = new ScriptedPool();
    const request = bench.send();
    await bench.advance(5_000);
    expect(request.fate).toBe('PLR_CONNECT_TIMEOUT');
  });
});

describe('dialling for nobody', () => {
  it('tells that it connected once the connection can be lent, and then needs no second dial', () => {
    const bench = new ScriptedPool();
    const heard: unknown[] = [];
    bench.pool.dialProbe((error) => {
      heard.push(error);
      bench.send({ path: '/trial' });
    });
    bench.wire(0).connect();
    expect(heard).toEqual([undefined]);
    expect(bench.wire(0).requestLines).toEqual(['GET /trial']);
    expect(bench.dialled).toBe(1);
  });

  it('tells why it failed', () => {
    const bench = new ScriptedPool();
    const heard: unknown[] = [];
    bench.pool.dialProbe((error) => heard.push(error));
    bench.wire(0).fail('ECONNREFUSED');
    expect(heard).toMatchObject([{ code: 'PLR_CONNECT_REFUSED', phase: 'connect', errno: 'ECONNREFUSED' }]);
  });

  it('is refused while no connection may be opened', () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    bench.send();
    const heard: unknown[] = [];
    bench.pool.dialProbe((error) => heard.push(error));
    expect(heard).toMatchObject([{ code: 'PLR_ACQUIRE_TIMEOUT' }]);
    expect(bench.dialled).toBe(1);
  });
});

describe('recalling', () => {
  it('ends every wait for a connection, and says why; what a connection carries goes on', async () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    const carried = bench.send();
    bench.wire(0).connect();
    const waiting = [bench.send(), bench.send()];
    bench.pool.recall('the breaker is open');
    bench.wire(0).respond();
    await settle();
    expect(fates(waiting)).toEqual(['PLR_CIRCUIT_OPEN', 'PLR_CIRCUIT_OPEN']);
    expect(waiting[0]?.error.message).toBe(
      'http://127.0.0.1: the breaker is open (active=1, idle=0, pending=1, max=1)',
    );
    expect(carried.fate).toBe(200);
  });

  it('lets a dial under way go on, which fails nobody or joins the idle connections', async () => {
    const bench = new ScriptedPool({ maxConnections: 2 });
    bench.send();
    bench.send();
    bench.pool.recall('the breaker is open');
    bench.wire(0).fail('ECONNREFUSED');
    bench.wire(1).connect();
    await settle();
    expect(bench.pool.stats()).toMatchObject({ idle: 1, pending: 0, dialing: 0, dialsFailed: 1 });
  });
});
