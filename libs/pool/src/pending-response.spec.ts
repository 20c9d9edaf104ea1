import { getEventListeners } from 'node:events';
import { ScriptedPool, closeReasons, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { PoolerError } from '#libs/kernel';
import type { Exchange } from './exchange.ts';
import type { ResponseBody } from './response/response-body.ts';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('an abort', () => {
  it('before the request sends nothing and takes no place', async () => {
    const bench = new ScriptedPool();
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    const request = bench.send({ method: 'POST', signal });
    await settle();
    expect(request.error).toMatchObject({
      code: 'PLR_ABORTED',
      kind: 'caller',
      phase: 'acquire',
      retrySafe: true,
      cause: reason,
    });
    expect(bench.dialled).toBe(0);
    expect(listeners(signal)).toBe(0);
  });

  it('in the queue frees the place at once', async () => {
    const bench = new ScriptedPool({ maxConnections: 1, maxPending: 1 });
    bench.send();
    bench.wire(0).connect();
    const leaver = new AbortController();
    const leaving = bench.send({ path: '/leaving', signal: leaver.signal });
    leaver.abort();
    const next = bench.send({ path: '/next' });
    bench.wire(0).respond();
    await settle();
    expect(leaving.error).toMatchObject({ code: 'PLR_ABORTED', phase: 'acquire', requestBytesWritten: 0 });
    expect(bench.wire(0).requestLines).toEqual(['GET /', 'GET /next']);
    expect(next.fate).toBe('pending');
  });

  it('in flight cuts the connection, and the next is served on a new one', async () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    const leaver = new AbortController();
    const leaving = bench.send({ method: 'POST', signal: leaver.signal });
    bench.wire(0).connect();
    const next = bench.send({ path: '/next' });
    expect(closeReasons(() => leaver.abort('enough'))).toEqual(['aborted']);
    expect(bench.wire(0).life).toBe('reset');
    bench.wire(1).connect();
    bench.wire(1).respond();
    await settle();
    expect(leaving.error).toMatchObject({
      code: 'PLR_ABORTED',
      phase: 'wait',
      retrySafe: false,
      cause: 'enough',
      requestBytesWritten: bench.wire(0).sent.length,
    });
    expect(next.fate).toBe(200);
  });

  it('in the body fails its reader', async () => {
    const bench = new ScriptedPool();
    const leaver = new AbortController();
    const request = bench.send({ signal: leaver.signal });
    bench.wire(0).connect();
    bench.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n');
    await settle();
    const text = request.response.body.text();
    leaver.abort();
    await expect(text).rejects.toMatchObject({ code: 'PLR_ABORTED', phase: 'receive' });
  });

  it('after the end changes nothing', async () => {
    const bench = new ScriptedPool();
    const leaver = new AbortController();
    const request = bench.send({ signal: leaver.signal });
    bench.wire(0).connect();
    bench.wire(0).respond('whole');
    leaver.abort();
    await settle();
    expect(await request.response.body.text()).toBe('whole');
    expect(bench.wire(0).life).toBe('connected');
  });
});

describe('giving up the rest of a body', () => {
  it('after the end changes nothing', async () => {
    const bench = new ScriptedPool();
    const endings: unknown[] = [];
    const pending = bench.pool.begin(bench.pool.prepare({ path: '/' }), {
      observer: { onOver: (_exchange, error) => endings.push(error) },
    });
    bench.wire(0).connect();
    bench.wire(0).respond('whole');
    pending.abandon();
    expect(await (await pending.response).body.text()).toBe('whole');
    expect(endings).toEqual([undefined]);
    expect(bench.wire(0).life).toBe('connected');
  });
});

describe('the error of a body', () => {
  /** A pool with an answer whose head is there, and the first half of its body. */
  async function answered(bench: ScriptedPool): Promise<ResponseBody> {
    const request = bench.send();
    bench.wire(0).connect();
    bench.wire(0).receive('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await settle();
    return request.response.body;
  }

  const facts = {
    phase: 'receive',
    origin: 'http://127.0.0.1',
    pool: { max: 32 },
    reused: false,
    retrySafe: true,
  };

  it('that is too large says where, how far it had come and how full the pool was', async () => {
    const bench = new ScriptedPool({ maxBodyBytes: 5 });
    const text = (await answered(bench)).text();
    bench.wire(0).receive('3\r\ndef\r\n');
    await expect(text).rejects.toMatchObject({
      ...facts,
      code: 'PLR_BODY_TOO_LARGE',
      requestBytesWritten: bench.wire(0).sent.length,
      responseBytesRead: 63,
    });
  });

  it('says so too where the body had arrived, and where it is read twice', async () => {
    const bench = new ScriptedPool({ maxBodyBytes: 2 });
    const body = await answered(bench);
    bench.wire(0).receive('0\r\n\r\n');
    await expect(body.text()).rejects.toMatchObject({
      ...facts,
      code: 'PLR_BODY_TOO_LARGE',
      pool: { idle: 1 },
    });
    await expect(body.text()).rejects.toMatchObject({
      ...facts,
      code: 'PLR_BODY_MISUSED',
      pool: { idle: 1 },
    });
  });
});

describe('the signal of a request', () => {
  it.each([
    ['answered', (bench: ScriptedPool): void => bench.wire(0).respond()],
    ['failed', (bench: ScriptedPool): void => bench.wire(0).finish()],
  ])('has no listener left when the request is %s', (_fate, act) => {
    const bench = new ScriptedPool();
    const { signal } = new AbortController();
    bench.send({ signal });
    bench.wire(0).connect();
    expect(listeners(signal)).toBe(1);
    act(bench);
    expect(listeners(signal)).toBe(0);
  });

  it('has no listener left when the request is refused', () => {
    const bench = new ScriptedPool({ maxConnections: 1, maxPending: 0 });
    const { signal } = new AbortController();
    bench.send();
    bench.send({ signal });
    expect(listeners(signal)).toBe(0);
  });

  it('has no listener left when the wait for a connection ends', async () => {
    const bench = new ScriptedPool({ acquireTimeoutMs: 10 });
    const { signal } = new AbortController();
    bench.send({ signal });
    await bench.advance(10);
    expect(listeners(signal)).toBe(0);
  });

  it('keeps its listener until the body has arrived', () => {
    const bench = new ScriptedPool();
    const { signal } = new AbortController();
    bench.send({ signal });
    bench.wire(0).connect();
    bench.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n');
    expect(listeners(signal)).toBe(1);
    bench.wire(0).receive('x');
    expect(listeners(signal)).toBe(0);
  });
});

describe('the end of an exchange', () => {
  type Ending = [exchange: Exchange, error: PoolerError | undefined];

  it('is told once, with the facts, when the body has arrived', async () => {
    const bench = new ScriptedPool();
    const endings: Ending[] = [];
    const pending = bench.pool.begin(bench.pool.prepare({ path: '/' }), {
      observer: { onOver: (...ending) => endings.push(ending) },
    });
    await bench.advance(5);
    bench.wire(0).connect();
    await bench.advance(7);
    bench.wire(0).receive('HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n');
    expect(endings).toEqual([]);
    await bench.advance(11);
    bench.wire(0).receive('x');
    expect(endings).toEqual([[pending.exchange, undefined]]);
    expect(pending.exchange).toMatchObject({
      queuedAtMs: 0,
      leasedAtMs: 5,
      firstByteAtMs: 12,
      endedAtMs: 23,
      statusCode: 201,
      reused: false,
      requestBytesWritten: bench.wire(0).sent.length,
      addresses: bench.wire(0).addresses,
      isOver: true,
    });
  });

  it('is told with its error when it fails', async () => {
    const bench = new ScriptedPool();
    const endings: Ending[] = [];
    const pending = bench.pool.begin(bench.pool.prepare({ path: '/' }), {
      observer: { onOver: (...ending) => endings.push(ending) },
    });
    bench.wire(0).fail('ECONNREFUSED');
    await expect(pending.response).rejects.toBe(endings[0]?.[1]);
    expect(endings).toHaveLength(1);
  });
});
