import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { RequestReader } from './request-reader.ts';

/** What a reader hears of some pieces. */
function read(...pieces: string[]): string[] {
  const heard: string[] = [];
  const reader = new RequestReader({
    onHead: ({ method, path }) => heard.push(`${method} ${path}`),
    onRequest: ({ fields }, body) => heard.push(`${fields.get('x-id')}: ${body}`),
  });
  for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'));
  if (reader.isInside) heard.push('and more');
  return heard;
}

const POST = 'POST /a HTTP/1.1\r\nX-Id: 1\r\nContent-Length: 4\r\n\r\nbody';

describe('a request reader', () => {
  it('hears the head before the body is whole', () => {
    expect(read(POST.slice(0, -1))).toEqual(['POST /a', 'and more']);
    expect(read(POST)).toEqual(['POST /a', '1: body']);
  });

  it('hears the same however the bytes are cut', () => {
    const get = 'GET /b HTTP/1.1\r\nX-Id: 2\r\n\r\n';
    const heard = ['POST /a', '1: body', 'GET /b', '2: '];
    expect(read(POST + get)).toEqual(heard);
    expect(read(...(POST + get).split(''))).toEqual(heard);
  });

  it('reads a body in chunks, however those are cut', () => {
    const chunked = 'PUT /c HTTP/1.1\r\nX-Id: 3\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n';
    const heard = ['PUT /c', '3: body', 'POST /a', '1: body'];
    expect(read(chunked + POST)).toEqual(heard);
    expect(read(...(chunked + POST).split(''))).toEqual(heard);
    expect(read(chunked.slice(0, -2))).toEqual(['PUT /c', 'and more']);
  });

  it('throws at what our client can never have sent', () => {
    expect(() => read('GET b HTTP/1.1\r\n\r\n')).toThrow('no request line: GET b HTTP/1.1');
    const head = 'PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(() => read(`${head}x\r\n\r\n`)).toThrow('no size of a chunk: x');
    expect(() => read(`${head}2\r\nbody\r\n`)).toThrow('a chunk is longer than it says');
  });
});
