import { ScriptedPool, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';

describe('a response', () => {
  it('has its head before its body', async () => {
    const bench = new ScriptedPool();
    const request = bench.send();
    bench.wire(0).connect();
    bench.wire(0).receive('HTTP/1.1 404 Nothing Here\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 4\r\n\r\n');
    await settle();
    const { response } = request;
    expect([response.statusCode, response.statusText]).toEqual([404, 'Nothing Here']);
    expect(response.rawHeaders).toEqual(['x-a', '1', 'x-a', '2', 'content-length', '4']);
    expect(response.headers).toEqual({ 'x-a': '1, 2', 'content-length': '4' });
    expect(response.headers).toBe(response.headers);
    expect(response.body.hasArrived).toBe(false);
    bench.wire(0).receive('body');
    expect(response.body.hasArrived).toBe(true);
  });

  it('has its trailers once the body has arrived', async () => {
    const bench = new ScriptedPool();
    const request = bench.send();
    bench.wire(0).connect();
    bench.wire(0).receive('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n');
    await settle();
    expect(request.response.trailers).toEqual({});
    bench.wire(0).receive('0\r\nX-Sum: 7\r\n\r\n');
    expect(await request.response.body.text()).toBe('body');
    expect(request.response.trailers).toEqual({ 'x-sum': '7' });
    expect(bench.pool.stats().idle).toBe(1);
  });

  it('is put together from any number of reads', async () => {
    const bench = new ScriptedPool();
    const request = bench.send();
    bench.wire(0).connect();
    const whole = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n';
    for (const byte of whole) bench.wire(0).receive(byte);
    await settle();
    expect(await request.response.body.text()).toBe('body');
    expect(request.exchange.responseBytesRead).toBe(whole.length);
  });

  it('comes after any interim responses', async () => {
    const bench = new ScriptedPool();
    const request = bench.send();
    bench.wire(0).connect();
    bench.wire(0).receive('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n');
    await settle();
    expect(request.fate).toBe('pending');
    bench.wire(0).respond();
    await settle();
    expect(request.response.headers).toEqual({ 'content-length': '2' });
  });
});
