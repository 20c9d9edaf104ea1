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

  it('throws at what our client can never have sent', () => {
    expect(() => read('GET b HTTP/1.1\r\n\r\n')).toThrow('no request line: GET b HTTP/1.1');
  });
});
