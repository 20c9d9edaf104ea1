import { describe, expect, it } from 'vitest';
import { Framer } from './framer.ts';
import { requestFraming, responseFraming } from './message-head.ts';

const GET = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';
const POST = 'POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED =
  'PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n00a\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n';

function requestFramer(isFromStart = true): Framer {
  return new Framer('request', requestFraming, isFromStart);
}

/** The framer's view of a stream that comes in these pieces: kinds of its parts, and all its bytes. */
function read(framer: Framer, pieces: readonly string[]): { kinds: string[]; bytes: string } {
  const parts = [...pieces.flatMap((piece) => framer.feed(Buffer.from(piece, 'latin1'))), ...framer.end()];
  const kinds = parts.map((part) =>
    part.kind === 'head' ? `${part.head.startLine[0]} ${part.head.startLine[1]}` : part.kind,
  );
  const bytes = parts.map((part) => ('bytes' in part ? part.bytes.toString('latin1') : '')).join('');
  return {
    kinds: kinds.filter((kind, index) => !/body|unknown/.test(kind) || kinds[index - 1] !== kind),
    bytes,
  };
}

describe('a framer of requests', () => {
  it('finds messages in a row', () => {
    const stream = GET + POST + CHUNKED + GET;
    expect(read(requestFramer(), [stream])).toEqual({
      kinds: [
        'GET /a',
        'complete',
        'POST /b',
        'body',
        'complete',
        'PUT /c',
        'body',
        'complete',
        'GET /a',
        'complete',
      ],
      bytes: stream,
    });
  });

  it('finds the same however the stream is cut', () => {
    const stream = POST + CHUNKED + GET;
    const whole = read(requestFramer(), [stream]);
    for (let cut = 1; cut < stream.length; cut += 1) {
      expect(read(requestFramer(), [stream.slice(0, cut), stream.slice(cut)])).toEqual(whole);
    }
    expect(read(requestFramer(), Array.from(stream))).toEqual(whole);
  });

  it.each([
    ['TLS', '\x16\x03\x01\x02'],
    ['Redis', '*1\r\n$4\r\nPING\r\n'],
    ['SMTP', 'EHLO me\r\n'],
    ['memcached', 'get key\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a head with a broken field', 'GET / HTTP/1.1\r\nno colon\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['an unknown coding', 'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nab'],
  ])('passes what is no HTTP/1.1 at once: %s', (_, text) => {
    const parts = requestFramer().feed(Buffer.from(text, 'latin1'));
    expect(parts).toEqual([{ kind: 'unknown', bytes: Buffer.from(text, 'latin1') }]);
  });

  it('passes a head that is too long, and gives back what it kept when the stream ends', () => {
    const long = `GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`;
    expect(read(requestFramer(), [long])).toEqual({ kinds: ['unknown'], bytes: long });
    expect(read(requestFramer(), ['GET / HT'])).toEqual({ kinds: ['unknown'], bytes: 'GET / HT' });
  });

  it('finds its way again with the next piece that begins a message', () => {
    expect(read(requestFramer(false), ['rest of a body', GET, POST])).toEqual({
      kinds: ['unknown', 'GET /a', 'complete', 'POST /b', 'body', 'complete'],
      bytes: `rest of a body${GET}${POST}`,
    });
  });

  it('is lost in a chunked body that is broken', () => {
    const broken = 'PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
    expect(read(requestFramer(), [broken, GET]).kinds).toEqual([
      'PUT /',
      'body',
      'unknown',
      'GET /a',
      'complete',
    ]);
  });
});

describe('a framer of responses', () => {
  const responseFramer = (method = 'GET'): Framer =>
    new Framer('response', (head) => responseFraming(head, method), true);

  it.each([
    [
      'a length',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      'GET',
      ['HTTP/1.1 200', 'body', 'complete'],
    ],
    ['none after HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', 'HEAD', ['HTTP/1.1 200', 'complete']],
    ['none of a 304', 'HTTP/1.1 304 \r\nContent-Length: 2\r\n\r\n', 'GET', ['HTTP/1.1 304', 'complete']],
    ['none of a 100', 'HTTP/1.1 100 Continue\r\n\r\n', 'POST', ['HTTP/1.1 100', 'complete']],
    ['until close', 'HTTP/1.0 200 OK\r\n\r\nall of this', 'GET', ['HTTP/1.0 200', 'body']],
    ['a tunnel', 'HTTP/1.1 101 Switching\r\n\r\nws', 'GET', ['HTTP/1.1 101', 'unknown']],
    ['a tunnel by CONNECT', 'HTTP/1.1 200\r\n\r\nbytes', 'CONNECT', ['HTTP/1.1 200', 'unknown']],
  ])('knows the body with %s', (_, stream, method, kinds) => {
    expect(read(responseFramer(method), [stream])).toEqual({ kinds, bytes: stream });
    expect(read(responseFramer(method), Array.from(stream))).toEqual({ kinds, bytes: stream });
  });
});
