import { describe, expect, it } from 'vitest';
import { RequestSerializer, STREAMED } from './request-serializer.ts';
import type { RequestHeaders } from './request-fields.ts';

const serializer = new RequestSerializer('127.0.0.1:8080');

function written(method: string, path: string, headers?: RequestHeaders, bodyLength?: number): string {
  return serializer.serialize(method, path, headers, bodyLength).text;
}

/** The lines between the request line and the empty line. */
function linesOf(method: string, headers?: RequestHeaders, bodyLength?: number): string[] {
  return written(method, '/', headers, bodyLength).split('\r\n').slice(1, -2);
}

const OURS = ['Host: 127.0.0.1:8080', 'Connection: keep-alive'];

describe('a request without fields', () => {
  it('has Host and Connection and nothing else', () => {
    expect(written('GET', '/health')).toBe(
      'GET /health HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\n\r\n',
    );
  });

  it('is written once and then remembered', () => {
    expect(serializer.serialize('GET', '/a', undefined, undefined)).toBe(
      serializer.serialize('GET', '/a', undefined, undefined),
    );
  });

  it('is not taken for another method or path', () => {
    expect(written('GET', '/b')).toMatch(/^GET \/b HTTP/);
    expect(written('DELETE', '/b')).toMatch(/^DELETE \/b HTTP/);
    expect(written('GET', '/c')).toMatch(/^GET \/c HTTP/);
  });

  it('is forgotten when 256 others were remembered, again and again', () => {
    const fresh = new RequestSerializer('a');
    for (let round = 0; round < 3; round += 1) {
      const first = fresh.serialize('GET', `/${round}`, undefined, undefined);
      for (let i = 0; i < 256; i += 1) fresh.serialize('GET', `/${round}/${i}`, undefined, undefined);
      const again = fresh.serialize('GET', `/${round}`, undefined, undefined);
      expect(again).not.toBe(first);
      expect(again).toEqual(first);
    }
  });

  it('is not remembered when its path is long', () => {
    const path = `/${'a'.repeat(512)}`;
    const first = serializer.serialize('GET', path, undefined, undefined);
    expect(serializer.serialize('GET', path, undefined, undefined)).not.toBe(first);
  });
});

describe('the framing', () => {
  it.each<[string, number | undefined, string[]]>([
    ['GET', undefined, []],
    ['GET', 0, []],
    ['GET', 3, ['Content-Length: 3']],
    ['DELETE', undefined, []],
    ['POST', undefined, ['Content-Length: 0']],
    ['PUT', undefined, ['Content-Length: 0']],
    ['PATCH', 0, ['Content-Length: 0']],
    ['POST', 15, ['Content-Length: 15']],
  ])('of a %s with a body of %s bytes is %j', (method, bodyLength, framing) => {
    expect(linesOf(method, undefined, bodyLength)).toEqual([...OURS, ...framing]);
  });

  it('stands once where the caller names the right length too', () => {
    const lines = [...OURS, 'Content-Length: 5'];
    expect(linesOf('POST', { 'content-length': '5' }, 5)).toEqual(lines);
    expect(linesOf('POST', { 'content-length': ['5', '5'], 'Content-Length': '5' }, 5)).toEqual(lines);
    expect(linesOf('GET', { 'content-length': '0' })).toEqual([...OURS, 'Content-Length: 0']);
  });

  it.each(['4', '6', '05', '5, 5', '+5', '5 ', ''])(
    'is refused where the caller names the length %j of 5',
    (length) => {
      expect(() => linesOf('POST', { 'Content-Length': length }, 5)).toThrow(
        `headers["Content-Length"] must be the length of the body, 5, got ${JSON.stringify(length)}`,
      );
    },
  );

  it.each(['chunked', 'gzip, chunked', 'identity'])(
    'is not the caller’s to choose: Transfer-Encoding %s',
    (coding) => {
      expect(() => linesOf('POST', { 'transfer-encoding': coding }, 5)).toThrow(
        'headers["transfer-encoding"] must be',
      );
      expect(() => linesOf('GET', { 'transfer-encoding': coding })).toThrow(
        'headers["transfer-encoding"] must be',
      );
    },
  );
});

describe('the fields of the caller', () => {
  it('follow ours as they are, in their order', () => {
    expect(linesOf('POST', { Accept: '*/*', 'X-b': '\xe9 \t~' }, 1)).toEqual([
      ...OURS,
      'Accept: */*',
      'X-b: \xe9 \t~',
      'Content-Length: 1',
    ]);
  });

  it('have one line for each element of an array, none for undefined', () => {
    expect(linesOf('GET', { a: ['1', '2'], b: undefined, c: [], d: '' })).toEqual([
      ...OURS,
      'a: 1',
      'a: 2',
      'd: ',
    ]);
  });

  it('may be pairs', () => {
    const pairs: RequestHeaders = [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ];
    expect(linesOf('GET', pairs)).toEqual([...OURS, 'a: 1', 'b: 2', 'a: 3']);
  });

  it('may be none', () => {
    expect(linesOf('GET', {})).toEqual(OURS);
    expect(linesOf('GET', [])).toEqual(OURS);
  });

  it.each(['', 'a b', 'a:', 'a\r\nb', 'a\0', 'ä', 'a(', '"a"'])(
    'must have a token for a name, not %j',
    (name) => {
      expect(() => linesOf('GET', { [name]: '1' })).toThrow(
        `headers[${JSON.stringify(name)}] must be named by a token`,
      );
    },
  );

  it.each(['\r', '\n', '\0', '\x01', '\x0b', '\x7f', '\u0100', '\ud83d\ude00'])(
    'must not hold %j in a value, and the error shows nothing else of it',
    (character) => {
      const seen = JSON.stringify(character[0]);
      expect(() => linesOf('GET', { 'x-a': ['fine', `secret${character}secret`] })).toThrow(
        `headers["x-a"] must be latin1 text without control characters, got ${seen}`,
      );
    },
  );

  it('must be strings, also where no compiler has looked', () => {
    expect(() => linesOf('GET', JSON.parse('{"x-a": 5}'))).toThrow('headers["x-a"] must be a string');
    expect(() => linesOf('GET', JSON.parse('{"x-a": null}'))).toThrow('headers["x-a"] must be a string');
    expect(() => linesOf('GET', JSON.parse('[["x-a"]]'))).toThrow('headers["x-a"] must be a string');
    expect(() => linesOf('GET', JSON.parse('["x-a", "5"]'))).toThrow('headers must be a record or an array');
  });
});

describe('Host', () => {
  it('of the caller replaces ours and stays the first line', () => {
    expect(linesOf('GET', { a: '1', HOST: 'example.test:81' })).toEqual([
      'Host: example.test:81',
      'Connection: keep-alive',
      'a: 1',
    ]);
  });

  it('may be an IPv6 address', () => {
    expect(linesOf('GET', { host: '[::1]:80' })[0]).toBe('Host: [::1]:80');
  });

  it.each(['', 'a b', 'a,b', 'a/b', 'a@b', 'a?b', 'a#b'])('is refused when it is %j', (host) => {
    expect(() => linesOf('GET', { host })).toThrow('headers["host"] must be one host with an optional port');
    expect(() => new RequestSerializer(host)).toThrow('host must be one host with an optional port');
  });

  it('is refused when it is given twice', () => {
    expect(() => linesOf('GET', { host: 'a', Host: 'a' })).toThrow('headers["Host"] must be one host');
  });
});

describe('Connection', () => {
  it('says close where the caller does, and the head tells', () => {
    const head = serializer.serialize('GET', '/', { connection: 'Close' }, undefined);
    expect(head.text).toBe('GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n');
    expect(head.asksClose).toBe(true);
  });

  it('says keep-alive otherwise', () => {
    expect(serializer.serialize('GET', '/', { connection: 'keep-alive' }, undefined)).toEqual({
      text: 'GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\n\r\n',
      asksClose: false,
      bodyLength: 0,
    });
    expect(serializer.serialize('GET', '/', undefined, undefined).asksClose).toBe(false);
  });

  it.each(['upgrade', 'close, keep-alive', 'keep-alive, x-a', 'te', ''])(
    'is refused when it is %j',
    (connection) => {
      expect(() => linesOf('GET', { connection })).toThrow(
        'headers["connection"] must be one of close, keep-alive',
      );
    },
  );

  it('is refused when it is given twice', () => {
    expect(() => linesOf('GET', { connection: ['close', 'close'] })).toThrow('given once');
  });

  it('names TE, which may ask for trailers only', () => {
    expect(linesOf('GET', { te: 'trailers' })).toEqual([
      OURS[0],
      'Connection: keep-alive, TE',
      'te: trailers',
    ]);
    expect(() => linesOf('GET', { te: 'gzip' })).toThrow('headers["te"] must be trailers');
  });

  it.each(['Expect', 'Keep-Alive', 'Proxy-Connection', 'Trailer', 'Upgrade'])(
    'is not negotiated by %s',
    (name) => {
      expect(() => linesOf('GET', { [name]: 'x' })).toThrow(`headers["${name}"] must be left out`);
    },
  );
});

describe('the request line', () => {
  it.each(['GET', 'M-SEARCH', 'query', "!#$%&'*+-.^_`|~09Az"])('may have the method %s', (method) => {
    expect(written(method, '/')).toMatch(`${method} / HTTP/1.1\r\n`);
  });

  it.each(['', 'G ET', 'GET\r\n', 'G\0', 'GÉT', 'GET/', 'GET:'])('must not have the method %j', (method) => {
    expect(() => written(method, '/')).toThrow('method must be a token');
  });

  it.each(['get', 'Head', 'cONNECT'])('must not have a standard method in other letters: %s', (method) => {
    expect(() => written(method, '/')).toThrow(`method must be written ${method.toUpperCase()}`);
  });

  it('must not make a tunnel', () => {
    expect(() => written('CONNECT', '/')).toThrow('method must be other than CONNECT');
  });

  it('must not be a TRACE with a body', () => {
    expect(() => written('TRACE', '/', undefined, 1)).toThrow('method must be other than TRACE');
    expect(written('TRACE', '/')).toMatch('TRACE / HTTP/1.1');
  });

  it.each(['/', '//', '/a?b=c&d', '/%20', "/!$&'()*+,;=:@-._~", '/"<>\\^`{|}'])(
    'may have the path %s',
    (path) => {
      expect(written('GET', path)).toMatch(`GET ${path} HTTP/1.1\r\n`);
    },
  );

  it.each(['', 'a', '?a', 'http://a/', '/a b', '/a\r\nb', '/\t', '/\0', '/\x7f', '/é', '/a#b', '*'])(
    'must not have the path %j',
    (path) => {
      expect(() => written('GET', path)).toThrow('path must be a slash and printable ASCII');
    },
  );

  it('may have the path * for OPTIONS alone', () => {
    expect(written('OPTIONS', '*')).toMatch('OPTIONS * HTTP/1.1\r\n');
  });

  it('is refused with the code PLR_INVALID_ARGUMENT, field, value and range', () => {
    expect(() => written('GET', 'a')).toThrow(
      expect.objectContaining({
        code: 'PLR_INVALID_ARGUMENT',
        message: 'path must be a slash and printable ASCII without space and # (or * for OPTIONS), got "a"',
      }),
    );
  });
});

describe('a body that is streamed', () => {
  it('goes out in chunks, and the head does not know its length', () => {
    expect(serializer.serialize('POST', '/', undefined, STREAMED)).toEqual({
      text: 'POST / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n',
      asksClose: false,
      bodyLength: undefined,
    });
  });

  it.each([0, 5, 999_999_999_999_999])('has the %i bytes that the caller announces', (length) => {
    const head = serializer.serialize('PUT', '/', { 'content-length': `${length}` }, STREAMED);
    expect(head.bodyLength).toBe(length);
    expect(head.text).toContain(`\r\nContent-Length: ${length}\r\n`);
    expect(head.text).not.toContain('Transfer-Encoding');
  });

  it.each(['-1', '1.5', '0x5', '05', '', ' 5', '1000000000000000'])(
    'is refused when its length is given as %j',
    (length) => {
      const headers = { 'content-length': length };
      expect(() => serializer.serialize('PUT', '/', headers, STREAMED)).toThrow('a whole number of bytes');
    },
  );

  it('is refused when two lengths contradict each other', () => {
    const headers = { 'content-length': ['5', '6'] };
    expect(() => serializer.serialize('PUT', '/', headers, STREAMED)).toThrow('the length of the body, 5');
  });

  it('is refused for TRACE', () => {
    expect(() => serializer.serialize('TRACE', '/', undefined, STREAMED)).toThrow('other than TRACE');
  });
});
