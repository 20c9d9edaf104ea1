import { RequestSerializer } from '#libs/http1';
import { describe, expect, it } from 'vitest';
import { prepare, type PoolRequest } from './request.ts';

const serializer = new RequestSerializer('127.0.0.1:8080');

function prepared(request: Partial<PoolRequest> = {}): ReturnType<typeof prepare> {
  return prepare({ path: '/', ...request }, serializer);
}

describe('preparing a request', () => {
  it('makes a GET without limits of a path alone', () => {
    expect(prepared({ path: '/health' })).toEqual({
      method: 'GET',
      head: 'GET /health HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\n\r\n',
      body: undefined,
      stream: undefined,
      streamLength: undefined,
      asksClose: false,
      isIdempotent: true,
      attemptTimeoutMs: Infinity,
      deadlineAtMs: Infinity,
    });
  });

  it('counts a text body in UTF-8 bytes', () => {
    const { head, body } = prepared({ method: 'POST', body: 'é' });
    expect(body).toEqual(Buffer.from([0xc3, 0xa9]));
    expect(head).toContain('Content-Length: 2\r\n');
  });

  it('takes bytes as they are', () => {
    const body = new Uint8Array([1, 2, 3]);
    expect(prepared({ method: 'POST', body }).body).toBe(body);
  });

  it.each([
    ['GET', true],
    ['HEAD', true],
    ['OPTIONS', true],
    ['TRACE', true],
    ['PUT', true],
    ['DELETE', true],
    ['POST', false],
    ['PATCH', false],
    ['QUERYISH', false],
  ])('knows whether %s may be sent twice: %s', (method, isIdempotent) => {
    expect(prepared({ method }).isIdempotent).toBe(isIdempotent);
  });

  it('believes a caller who knows better', () => {
    expect(prepared({ method: 'POST', idempotent: true }).isIdempotent).toBe(true);
    expect(prepared({ method: 'GET', idempotent: false }).isIdempotent).toBe(false);
  });

  it('notes that the request asks to close', () => {
    expect(prepared({ headers: { connection: 'close' } }).asksClose).toBe(true);
  });

  it.each([
    ['attemptTimeoutMs', 0, 'attemptTimeoutMs must be a number of milliseconds above 0, got 0'],
    ['attemptTimeoutMs', NaN, 'attemptTimeoutMs must be a number of milliseconds above 0, got NaN'],
    ['attemptTimeoutMs', '5', 'attemptTimeoutMs must be a number of milliseconds above 0, got "5"'],
    ['deadlineAtMs', NaN, "deadlineAtMs must be a time of the pool's clock, got NaN"],
    [
      'body',
      7,
      'body must be a string, a Uint8Array, an async iterable of them, or a function that returns one, got 7',
    ],
  ])('refuses %s = %s', (field, value, message) => {
    const request: PoolRequest = { path: '/' };
    Object.assign(request, { [field]: value });
    expect(() => prepared(request)).toThrow(message);
  });
});
