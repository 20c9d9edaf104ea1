import { BugError, seededRng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { ResponseParser } from './response-parser.ts';
import { feed, feedEverySplit, type FeedOptions, type Reading } from '../test-support/feed-every-split.ts';
import type { ViolationReason } from './protocol-violation.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** The one response of an input that is accepted. */
function accepted(input: string, options?: FeedOptions): Reading['heard'][number] & { eaten: number } {
  const { heard, violation, eaten } = feedEverySplit(input, options);
  expect(violation).toBeUndefined();
  expect(heard.length).toBeGreaterThan(0);
  return { ...heard.at(-1)!, eaten };
}

function refused(input: string, options?: FeedOptions): ViolationReason | undefined {
  return feedEverySplit(input, options).violation;
}

describe('a response with Content-Length', () => {
  it('is read to its last byte and no further', () => {
    const response = accepted(`${OK}Content-Length: 5\r\n\r\nhelloHTTP/1.1`);
    expect(response).toMatchObject({ body: 'hello', contentLength: 5, isComplete: true, keepAlive: true });
    expect(response.eaten).toBe(`${OK}Content-Length: 5\r\n\r\nhello`.length);
  });

  it('is complete at its head when the length is 0', () => {
    expect(accepted(`${OK}Content-Length: 0\r\n\r\n`)).toMatchObject({ contentLength: 0, isComplete: true });
  });

  it('may announce 2^53 - 1 bytes', () => {
    const response = accepted(`${OK}Content-Length: 9007199254740991\r\n\r\nx`);
    expect(response).toMatchObject({ contentLength: 9007199254740991, isComplete: false });
  });
});

describe('a head', () => {
  it('gives names in lower case, values without blanks around them, and the order and repetition as sent', () => {
    const head = 'Server: nginx\r\nX-Empty:\r\nX-Blank: \t \r\nSET-COOKIE:\t a=1; b \t\r\nset-cookie:b=2\r\n';
    const { rawHeaders } = accepted(`HTTP/1.1 204 N\r\n${head}\r\n`);
    expect(rawHeaders.slice(0, 6)).toEqual(['server', 'nginx', 'x-empty', '', 'x-blank', '']);
    expect(rawHeaders.slice(6)).toEqual(['set-cookie', 'a=1; b', 'set-cookie', 'b=2']);
  });

  it('is latin1, byte for byte', () => {
    const { statusText, rawHeaders } = accepted('HTTP/1.1 204 \xfcber\xff\r\nX: \x80\xe9\r\n\r\n');
    expect(statusText).toBe('\xfcber\xff');
    expect(rawHeaders).toEqual(['x', '\x80\xe9']);
  });

  it.each([
    ['HTTP/1.1 204 No Content', 'No Content'],
    ['HTTP/1.1 204 ', ''],
    ['HTTP/1.1 204', ''],
    ['HTTP/1.1 204  \tspaced ', ' \tspaced '],
  ])('%j has the reason phrase %j', (line, statusText) => {
    expect(accepted(`${line}\r\n\r\n`)).toMatchObject({ statusCode: 204, statusText, isComplete: true });
  });

  it.each([200, 599, 600, 999])('may have the status code %i', (code) => {
    expect(accepted(`HTTP/1.1 ${code} X\r\nContent-Length: 0\r\n\r\n`).statusCode).toBe(code);
  });

  it('is told from another one whose names share length, first, middle and last letter', () => {
    const names = ['abxdefg', 'acxdefg', 'abxdfeg', 'ABXDEFG', 'acxdefg'];
    const lines = names.map((name) => `${name}: 1\r\n`).join('');
    const { rawHeaders } = accepted(`HTTP/1.1 204 X\r\n${lines}\r\n`);
    expect(rawHeaders.filter((_, index) => index % 2 === 0)).toEqual(names.map((name) => name.toLowerCase()));
  });
});

describe('a chunked response', () => {
  it('joins its chunks', () => {
    const response = accepted(`${CHUNKED}5\r\nhello\r\n00A\r\n, chunked!\r\n0\r\n\r\n`);
    expect(response).toMatchObject({ body: 'hello, chunked!', contentLength: undefined, keepAlive: true });
    expect(response).toMatchObject({ isComplete: true, rawTrailers: [] });
  });

  it('may name the coding in any case', () => {
    const response = accepted(`${OK}Transfer-Encoding: CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n`);
    expect(response).toMatchObject({ body: 'x', isComplete: true });
  });

  it('may have extensions, which are checked and ignored', () => {
    const extensions = ';a;b=c;d="e; \\" \xe9\t";f=""';
    expect(accepted(`${CHUNKED}1${extensions}\r\nx\r\n0${extensions}\r\n\r\n`)).toMatchObject({
      body: 'x',
      isComplete: true,
    });
  });

  it('gives its trailers apart from its head', () => {
    const response = accepted(`${CHUNKED}1\r\nx\r\n0\r\nX-Sum: 7 \r\nExpires: 0\r\n\r\nrest`);
    expect(response).toMatchObject({ isComplete: true, rawTrailers: ['x-sum', '7', 'expires', '0'] });
    expect(response.rawHeaders).toEqual(['transfer-encoding', 'chunked']);
  });

  it('may have a chunk of 2^53 - 1 bytes', () => {
    expect(accepted(`${CHUNKED}001fffffffffffff\r\nx`)).toMatchObject({ body: 'x', isComplete: false });
  });

  it('may have any number of plain chunks, for their lines do not count as head', () => {
    const bytes = Buffer.from(`${CHUNKED}${'1\r\nx\r\n'.repeat(10_000)}0\r\n\r\n`);
    const { heard, violation } = feed([bytes]);
    expect(violation).toBeUndefined();
    expect(heard[0]!.body).toBe('x'.repeat(10_000));
  });
});

describe('a response delimited by the close of its connection', () => {
  it('is complete at the FIN and never keeps the connection', () => {
    const response = accepted(`${OK}\r\nall of it`, { thenFin: true });
    expect(response).toMatchObject({ body: 'all of it', contentLength: undefined, keepAlive: false });
    expect(response.isComplete).toBe(true);
  });

  it('may be empty', () => {
    expect(accepted(`${OK}\r\n`, { thenFin: true })).toMatchObject({ body: '', isComplete: true });
  });

  it('is not complete before the FIN', () => {
    expect(accepted(`${OK}\r\nall of it`).isComplete).toBe(false);
  });
});

describe('a response without a body', () => {
  it.each([
    ['HEAD', 200, 'Content-Length: 5\r\n'],
    ['HEAD', 200, 'Transfer-Encoding: chunked\r\n'],
    ['HEAD', 200, ''],
    ['GET', 204, ''],
    ['GET', 204, 'Content-Length: 0\r\n'],
    ['GET', 304, ''],
    ['GET', 304, 'Content-Length: 5\r\n'],
    ['GET', 304, 'Transfer-Encoding: chunked\r\n'],
  ])('to %s with status %i ends at its head: %j', (method, status, fields) => {
    const input = `HTTP/1.1 ${status} X\r\n${fields}\r\n`;
    const response = accepted(`${input}HTTP`, { methods: [method] });
    expect(response).toMatchObject({ contentLength: 0, body: '', isComplete: true, keepAlive: true });
    expect(response.eaten).toBe(input.length);
  });

  it.each(['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n'])(
    'does not keep its connection when it is a 204 that announces one: %j',
    (field) => {
      expect(accepted(`HTTP/1.1 204 X\r\n${field}\r\n`)).toMatchObject({
        isComplete: true,
        keepAlive: false,
      });
    },
  );
});

describe('informational responses', () => {
  it('come before the final one, any number of them', () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
    const { heard, violation } = feedEverySplit(
      `HTTP/1.1 100 Continue\r\n\r\n${hints}${hints}HTTP/1.1 199 X\r\nContent-Length: 0\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
    );
    expect(violation).toBeUndefined();
    expect(heard.map(({ statusCode }) => statusCode)).toEqual([100, 103, 103, 199, 200]);
    expect(heard[1]!.rawHeaders).toEqual(['link', '</a.css>']);
    expect(heard.at(-1)).toMatchObject({ body: 'x', isComplete: true });
  });

  it('do not answer a HEAD', () => {
    const input = `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 1\r\n\r\n`;
    expect(accepted(input, { methods: ['HEAD'] })).toMatchObject({ statusCode: 200, isComplete: true });
  });

  it.each<[string, ViolationReason]>([
    ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n', 'unexpected-upgrade'],
    ['HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n', 'informational-with-body'],
    ['HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n', 'informational-with-body'],
    ['HTTP/1.1 103 Early Hints\r\nConnection: x, Close\r\n\r\n', 'informational-before-close'],
    ['HTTP/1.0 100 Continue\r\n\r\n', 'informational-before-close'],
    ['HTTP/1.1 100 Continue\r\nContent-Length: x\r\n\r\n', 'bad-content-length'],
  ])('%j is refused', (input, reason) => {
    expect(refused(input)).toBe(reason);
  });
});

describe('the connection', () => {
  it.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: keep-alive\r\n', true],
    ['HTTP/1.1', 'Connection: close\r\n', false],
    ['HTTP/1.1', 'Connection: CLOSE\r\n', false],
    ['HTTP/1.1', 'Connection: foo , Close\r\n', false],
    ['HTTP/1.1', 'Connection: keep-alive\r\nConnection: close\r\n', false],
    ['HTTP/1.1', 'Connection: close\r\nConnection: keep-alive\r\n', false],
    ['HTTP/1.1', 'Connection: closed, not-close\r\n', true],
    ['HTTP/1.1', 'Connection:\r\n', true],
    ['HTTP/1.1', 'Proxy-Connection: close\r\n', true],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: keep-alive\r\n', true],
    ['HTTP/1.0', 'Connection: Keep-Alive, foo\r\n', true],
    ['HTTP/1.0', 'Connection: keep-alive, close\r\n', false],
  ])('%s with %j is kept: %s', (version, fields, keepAlive) => {
    const response = accepted(`${version} 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`);
    expect(response).toMatchObject({ keepAlive, isComplete: true });
  });

  it('carries one response after the other, and nothing of one shows in the next', () => {
    const { heard, violation } = feedEverySplit(
      `${OK}A: 1\r\nConnection: close\r\nContent-Length: 1\r\n\r\na` +
        'HTTP/1.0 404 Gone\r\nContent-Length: 2\r\n\r\n' +
        `${CHUNKED}1\r\nc\r\n0\r\nT: 1\r\n\r\n` +
        'HTTP/1.1 204\r\n\r\n',
      { methods: ['GET', 'HEAD', 'GET', 'GET'] },
    );
    expect(violation).toBeUndefined();
    expect(heard.map(({ statusCode, body, keepAlive }) => [statusCode, body, keepAlive])).toEqual([
      [200, 'a', false],
      [404, '', false],
      [200, 'c', true],
      [204, '', true],
    ]);
    expect(heard.at(-1)).toMatchObject({ statusText: '', rawHeaders: [], rawTrailers: [], isComplete: true });
  });
});

describe('what could desynchronise is refused', () => {
  it.each<[string, ViolationReason, string]>([
    ['an empty line before the status line', 'bad-status-line', `\r\n${OK}\r\n`],
    ['another protocol', 'bad-status-line', 'RTSP/1.1 200 OK\r\n\r\n'],
    ['HTTP in lower case', 'bad-status-line', 'http/1.1 200 OK\r\n\r\n'],
    ['HTTP/0.9', 'bad-version', 'HTTP/0.9 200 OK\r\n\r\n'],
    ['HTTP/1.2', 'bad-version', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['HTTP/2.0', 'bad-version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a version of three digits', 'bad-version', 'HTTP/1.10 200 OK\r\n\r\n'],
    ['a tab behind the version', 'bad-version', 'HTTP/1.1\t200 OK\r\n\r\n'],
    ['two spaces behind the version', 'bad-status-code', 'HTTP/1.1  200 OK\r\n\r\n'],
    ['a status code of two digits', 'bad-status-code', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status code of four digits', 'bad-status-code', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status code below 100', 'bad-status-code', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['a status code with a sign', 'bad-status-code', 'HTTP/1.1 +20 OK\r\n\r\n'],
    ['a tab behind the status code', 'bad-status-code', 'HTTP/1.1 200\tOK\r\n\r\n'],
    ['NUL in the reason phrase', 'bad-reason-phrase', 'HTTP/1.1 200 O\0K\r\n\r\n'],
    ['DEL in the reason phrase', 'bad-reason-phrase', 'HTTP/1.1 200 O\x7fK\r\n\r\n'],
    ['a bare LF behind the status code', 'bare-lf', 'HTTP/1.1 200\n'],
    ['a bare LF behind the reason phrase', 'bare-lf', 'HTTP/1.1 200 OK\n'],
    ['a bare LF in a name', 'bare-lf', `${OK}Na\n`],
    ['a bare LF behind a value', 'bare-lf', `${OK}A: b\n`],
    ['a bare LF behind a colon', 'bare-lf', `${OK}A:\n`],
    ['a bare LF as the empty line', 'bare-lf', `${OK}A: b\r\n\n`],
    ['a bare CR in the reason phrase', 'bare-cr', 'HTTP/1.1 200 O\rK'],
    ['a bare CR in a value', 'bare-cr', `${OK}A: b\rC`],
    ['two CR behind a value', 'bare-cr', `${OK}A: b\r\r\n`],
    ['a bare CR as the empty line', 'bare-cr', `${OK}A: b\r\n\rX`],
    ['a folded line', 'obs-fold', `${OK}A: b\r\n c\r\n\r\n`],
    ['a line folded by a tab', 'obs-fold', `${OK}A: b\r\n\tc\r\n\r\n`],
    ['a space before the first field', 'obs-fold', `${OK} A: b\r\n\r\n`],
    ['a space before the colon', 'space-before-colon', `${OK}Content-Length : 5\r\n\r\n`],
    ['a tab before the colon', 'space-before-colon', `${OK}Content-Length\t: 5\r\n\r\n`],
    ['an empty name', 'bad-field-name', `${OK}: b\r\n\r\n`],
    ['a line without colon', 'bad-field-name', `${OK}Content-Length\r\n\r\n`],
    ['NUL in a name', 'bad-field-name', `${OK}A\0: b\r\n\r\n`],
    ['a byte above 127 in a name', 'bad-field-name', `${OK}\xc4: b\r\n\r\n`],
    ['a parenthesis in a name', 'bad-field-name', `${OK}A(: b\r\n\r\n`],
    ['NUL in a value', 'bad-field-value', `${OK}A: b\0\r\n\r\n`],
    ['a vertical tab in a value', 'bad-field-value', `${OK}A: b\x0b\r\n\r\n`],
    ['DEL in a value', 'bad-field-value', `${OK}A: \x7f\r\n\r\n`],
    ['an empty Content-Length', 'bad-content-length', `${OK}Content-Length: \r\n\r\n`],
    ['a Content-Length with a plus', 'bad-content-length', `${OK}Content-Length: +5\r\n\r\n`],
    ['a negative Content-Length', 'bad-content-length', `${OK}Content-Length: -5\r\n\r\n`],
    ['a hexadecimal Content-Length', 'bad-content-length', `${OK}Content-Length: 0x5\r\n\r\n`],
    ['a broken Content-Length', 'bad-content-length', `${OK}Content-Length: 5.0\r\n\r\n`],
    ['a Content-Length with an exponent', 'bad-content-length', `${OK}Content-Length: 1e1\r\n\r\n`],
    ['a Content-Length of two words', 'bad-content-length', `${OK}Content-Length: 5 5\r\n\r\n`],
    ['a list of equal Content-Lengths', 'bad-content-length', `${OK}Content-Length: 5, 5\r\n\r\n`],
    ['a Content-Length of 2^53', 'bad-content-length', `${OK}Content-Length: 9007199254740992\r\n\r\n`],
    [
      'a Content-Length of 400 digits',
      'bad-content-length',
      `${OK}Content-Length: ${'9'.repeat(400)}\r\n\r\n`,
    ],
    [
      'different Content-Lengths',
      'repeated-content-length',
      `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`,
    ],
    [
      'equal Content-Lengths',
      'repeated-content-length',
      `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`,
    ],
    [
      'Content-Length before Transfer-Encoding',
      'content-length-with-transfer-encoding',
      `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    [
      'Content-Length behind Transfer-Encoding',
      'content-length-with-transfer-encoding',
      `${OK}Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n`,
    ],
    ['Transfer-Encoding in HTTP/1.0', 'transfer-encoding-in-http-1.0', CHUNKED.replace('1.1', '1.0')],
    ...[
      'gzip, chunked',
      'chunked, gzip',
      'chunked, chunked',
      'chunked\r\nTransfer-Encoding: chunked',
      'chunked\r\nTransfer-Encoding: identity',
      'identity',
      'xchunked',
      'chunkedchunked',
      '"chunked"',
      'chunked;q=1',
      ',chunked',
      '',
    ].map((coding): [string, ViolationReason, string] => [
      `Transfer-Encoding: ${coding}`,
      'unsupported-transfer-encoding',
      `${OK}Transfer-Encoding: ${coding}\r\n\r\n`,
    ]),
    ['an empty chunk size', 'bad-chunk-size', `${CHUNKED}\r\n`],
    ['a chunk size with 0x', 'bad-chunk-size', `${CHUNKED}0x5\r\nhello\r\n`],
    ['a chunk size with a plus', 'bad-chunk-size', `${CHUNKED}+5\r\nhello\r\n`],
    ['a negative chunk size', 'bad-chunk-size', `${CHUNKED}-5\r\nhello\r\n`],
    ['a space before the chunk size', 'bad-chunk-size', `${CHUNKED} 5\r\nhello\r\n`],
    ['a space behind the chunk size', 'bad-chunk-size', `${CHUNKED}5 \r\nhello\r\n`],
    ['a chunk size that is no number', 'bad-chunk-size', `${CHUNKED}5g\r\nhello\r\n`],
    ['a chunk size of 2^53', 'bad-chunk-size', `${CHUNKED}20000000000000\r\n`],
    ['a chunk size that overflows 64 bits', 'bad-chunk-size', `${CHUNKED}10000000000000005\r\nhello\r\n`],
    ['a chunk size of 17 digits', 'bad-chunk-size', `${CHUNKED}00000000000000005\r\nhello\r\n`],
    ['a bare LF behind the chunk size', 'bare-lf', `${CHUNKED}5\n`],
    ['a bare CR behind the chunk size', 'bare-cr', `${CHUNKED}5\rhello`],
    ['a chunk with more data than announced', 'bad-chunk-end', `${CHUNKED}4\r\nhello\r\n`],
    ['a chunk ended by a bare LF', 'bad-chunk-end', `${CHUNKED}5\r\nhello\n`],
    ['a chunk ended by a bare CR', 'bad-chunk-end', `${CHUNKED}5\r\nhello\r0\r\n`],
    ['an extension without name', 'bad-chunk-extension', `${CHUNKED}5;\r\n`],
    ['an extension with a space before its name', 'bad-chunk-extension', `${CHUNKED}5; a\r\n`],
    ['an extension with a space in its name', 'bad-chunk-extension', `${CHUNKED}5;a b\r\n`],
    ['an extension with an empty value', 'bad-chunk-extension', `${CHUNKED}5;a=\r\n`],
    ['an extension with a second equals sign', 'bad-chunk-extension', `${CHUNKED}5;a=b=c\r\n`],
    ['an extension with an open quote', 'bad-chunk-extension', `${CHUNKED}5;a="b\r\n`],
    ['an extension with text behind the quotes', 'bad-chunk-extension', `${CHUNKED}5;a="b"c\r\n`],
    ['an extension that escapes a control byte', 'bad-chunk-extension', `${CHUNKED}5;a="\\\0"\r\n`],
    ['an extension with a bare LF', 'bare-lf', `${CHUNKED}5;a\n`],
    ['an extension with a bare LF in quotes', 'bare-lf', `${CHUNKED}5;a="\n`],
    ['an extension with a bare CR', 'bare-cr', `${CHUNKED}5;a\rb`],
    ['a folded trailer', 'obs-fold', `${CHUNKED}0\r\nA: b\r\n c\r\n\r\n`],
    ['a bare LF behind the last chunk', 'bare-lf', `${CHUNKED}0\r\n\n`],
    ...['Content-Length: 5', 'transfer-encoding: chunked', 'Host: x', 'Connection: close', 'Trailer: a'].map(
      (trailer): [string, ViolationReason, string] => [
        `the trailer ${trailer}`,
        'forbidden-trailer',
        `${CHUNKED}0\r\nA: b\r\n${trailer}\r\n\r\n`,
      ],
    ),
  ])('%s: %s', (_, reason, input) => {
    expect(refused(input)).toBe(reason);
  });

  it.each([
    ['a status line', 'HTTP/1.1 200 OK\n'],
    ['a field', `${OK}A: b\n`],
    ['a chunk size', `${CHUNKED}5\n`],
  ])('as soon as the bare LF of %s is seen, whatever follows', (_, input) => {
    expect(refused(input)).toBe('bare-lf');
    expect(feedEverySplit(input.slice(0, -1)).violation).toBeUndefined();
  });
});

describe('the limit on the bytes of heads', () => {
  const limits = { maxHeaderBytes: 64 };
  const head = `${OK}Content-Length: 2\r\n\r\n`;
  const filled = (bytes: number): string =>
    `${OK}X: ${'x'.repeat(bytes - head.length - 5)}\r\nContent-Length: 2\r\n\r\n`;

  it('lets a head of exactly the limit pass, and its body does not count', () => {
    expect(filled(64).length).toBe(64);
    expect(accepted(`${filled(64)}ok`, { limits })).toMatchObject({ body: 'ok', isComplete: true });
  });

  it('refuses one byte more', () => {
    expect(refused(`${filled(65)}ok`, { limits })).toBe('head-too-large');
  });

  it('is 16 KiB where nothing else is said', () => {
    expect(feed([Buffer.from(`${filled(16_384)}ok`)]).violation).toBeUndefined();
    expect(feed([Buffer.from(`${filled(16_385)}ok`)]).violation).toBe('head-too-large');
  });

  it('refuses an endless line before its end is seen', () => {
    const endless = `${OK}X: ${'x'.repeat(64 - OK.length - 3)}`;
    expect(refused(endless, { limits })).toBeUndefined();
    expect(refused(`${endless}x`, { limits })).toBe('head-too-large');
  });

  it('refuses endless blanks before a value', () => {
    expect(refused(`${OK}X:${' '.repeat(64)}`, { limits })).toBe('head-too-large');
  });

  it('counts all informational heads and the final one together', () => {
    const informational = 'HTTP/1.1 100 C\r\n\r\n';
    const final = 'HTTP/1.1 204 N\r\n\r\n';
    expect(refused(informational.repeat(3) + final, { limits: { maxHeaderBytes: 72 } })).toBeUndefined();
    expect(refused(informational.repeat(3) + final, { limits: { maxHeaderBytes: 71 } })).toBe(
      'head-too-large',
    );
  });

  it('counts a chunk line with extensions whole, and one without not at all', () => {
    const lines = '1;a=b\r\nx\r\n1;a=b\r\nx\r\n1\r\nx\r\n0\r\n\r\n';
    const counted = CHUNKED.length + 2 * '1;a=b\r\n'.length + '\r\n'.length;
    expect(refused(CHUNKED + lines, { limits: { maxHeaderBytes: counted } })).toBeUndefined();
    expect(refused(CHUNKED + lines, { limits: { maxHeaderBytes: counted - 1 } })).toBe('head-too-large');
  });

  it('counts trailers', () => {
    const trailers = 'A: b\r\n\r\n';
    const limit = CHUNKED.length + trailers.length;
    expect(refused(`${CHUNKED}0\r\n${trailers}`, { limits: { maxHeaderBytes: limit } })).toBeUndefined();
    expect(refused(`${CHUNKED}0\r\n${trailers}`, { limits: { maxHeaderBytes: limit - 1 } })).toBe(
      'head-too-large',
    );
  });

  it('starts anew with each response', () => {
    const one = 'HTTP/1.1 204 N\r\n\r\n';
    expect(
      refused(one + one, { methods: ['GET', 'GET'], limits: { maxHeaderBytes: one.length } }),
    ).toBeUndefined();
  });
});

describe('the limit on the number of fields', () => {
  const limits = { maxHeaderCount: 3 };
  const lines = (count: number): string => 'A: b\r\n'.repeat(count);

  it('lets exactly the limit pass', () => {
    expect(refused(`HTTP/1.1 204 N\r\n${lines(3)}\r\n`, { limits })).toBeUndefined();
  });

  it('refuses the first byte of one field more', () => {
    expect(refused(`HTTP/1.1 204 N\r\n${lines(3)}A`, { limits })).toBe('too-many-fields');
  });

  it('is 100 where nothing else is said', () => {
    expect(feed([Buffer.from(`HTTP/1.1 204 N\r\n${lines(100)}\r\n`)]).violation).toBeUndefined();
    expect(feed([Buffer.from(`HTTP/1.1 204 N\r\n${lines(101)}\r\n`)]).violation).toBe('too-many-fields');
  });

  it('holds for trailers by themselves', () => {
    expect(refused(`${CHUNKED}0\r\n${lines(3)}\r\n`, { limits })).toBeUndefined();
    expect(refused(`${CHUNKED}0\r\n${lines(4)}\r\n`, { limits })).toBe('too-many-fields');
  });
});

describe('a FIN', () => {
  it.each([
    ['before any byte', ''],
    ['in the status line', 'HTTP/1.1 2'],
    ['in the head', `${OK}A: b\r\n`],
    ['between an informational response and the final one', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['in a body of known length', `${OK}Content-Length: 5\r\n\r\nhell`],
    ['in a chunk', `${CHUNKED}5\r\nhell`],
    ['between two chunks', `${CHUNKED}5\r\nhello\r\n`],
    ['behind the last chunk', `${CHUNKED}0\r\n`],
    ['in the trailers', `${CHUNKED}0\r\nA: b\r\n`],
  ])('%s is a truncation', (_, input) => {
    expect(refused(input, { thenFin: true })).toBe('truncated');
  });

  it('behind a complete response means nothing', () => {
    expect(refused(`${OK}Content-Length: 0\r\n\r\n`, { thenFin: true })).toBeUndefined();
  });
});

describe('how the input is cut', () => {
  const seeds = [
    `${OK}Server: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello`,
    `HTTP/1.1 100 C\r\n\r\n${CHUNKED}5;a="b"\r\nhello\r\n0\r\nX: y\r\n\r\n`,
  ];
  const bytesOfInterest = '\r\n\t \0:;,="\\\x7f\xff0159afAF';

  it.each([1, 2, 3, 4])('makes no difference for broken responses either (seed %i)', (seed) => {
    const rng = seededRng(seed);
    const below = (limit: number): number => Math.floor(rng.next() * limit);
    const reasons = new Set<string | undefined>();
    for (let round = 0; round < 60; round += 1) {
      const text = seeds[round % seeds.length]!;
      const at = below(text.length);
      const inserted = bytesOfInterest[below(bytesOfInterest.length)]!;
      const mutant = text.slice(0, at) + inserted + text.slice(at + below(3));
      reasons.add(feedEverySplit(mutant, { limits: { maxHeaderBytes: 90 } }).violation);
    }
    expect(reasons.size).toBeGreaterThan(3);
  });
});

describe('a parser', () => {
  const bytes = Buffer.from('HTTP/1.1 204 N\r\n\r\n');
  const silent = { onInformational() {}, onHead() {}, onBody() {}, onTrailers() {} };

  it('eats nothing while no response is expected', () => {
    const parser = new ResponseParser(silent);
    expect(parser.isComplete).toBe(true);
    expect(parser.execute(bytes, 0, bytes.length)).toBe(0);
  });

  it('knows length and fate of the connection when it gives the head', () => {
    const known: unknown[] = [];
    const parser: ResponseParser = new ResponseParser({
      ...silent,
      onHead: () => known.push(parser.contentLength, parser.keepAlive),
    });
    const input = Buffer.from(`${OK}Content-Length: 7\r\n\r\n`);
    parser.begin('GET');
    parser.execute(input, 0, input.length);
    expect(known).toEqual([7, true]);
  });

  it('says nothing of the response before while the next one is outstanding', () => {
    const parser = new ResponseParser(silent);
    parser.begin('GET');
    parser.execute(bytes, 0, bytes.length);
    expect(parser.keepAlive).toBe(true);
    parser.begin('GET');
    expect(parser.keepAlive).toBe(false);
  });

  it('collects a long head that comes in many reads', () => {
    const value = 'long '.repeat(600).trim();
    const input = Buffer.from(`HTTP/1.1 204 N\r\nX: ${value}\r\n\r\n`);
    const pieces = Array.from({ length: 40 }, (_, index) => input.subarray(index * 80, (index + 1) * 80));
    expect(feed(pieces).heard[0]).toMatchObject({ rawHeaders: ['x', value], isComplete: true });
  });

  it('lends the very bytes it was given, without a copy', () => {
    const lent: unknown[] = [];
    const parser = new ResponseParser({ ...silent, onBody: (...range) => lent.push(...range) });
    const input = Buffer.from(`${OK}Content-Length: 2\r\n\r\nok`);
    parser.begin('GET');
    parser.execute(input, 0, input.length);
    expect(lent[0]).toBe(input);
    expect(lent.slice(1)).toEqual([input.length - 2, input.length]);
  });

  it('is broken after a violation: it can neither read on nor begin again', () => {
    const parser = new ResponseParser(silent);
    parser.begin('GET');
    expect(() => parser.execute(Buffer.from('X'), 0, 1)).toThrow('does not start with HTTP/');
    expect(parser.isComplete).toBe(false);
    expect(() => parser.execute(bytes, 0, bytes.length)).toThrow(BugError);
    expect(() => parser.begin('GET')).toThrow(BugError);
  });

  it('is broken when its sink throws', () => {
    const parser = new ResponseParser({
      ...silent,
      onHead: () => {
        throw new Error('from the sink');
      },
    });
    parser.begin('GET');
    expect(() => parser.execute(bytes, 0, bytes.length)).toThrow('from the sink');
    expect(parser.isComplete).toBe(false);
  });

  it('refuses to begin while a response is outstanding', () => {
    const parser = new ResponseParser(silent);
    parser.begin('GET');
    expect(() => parser.begin('GET')).toThrow(BugError);
  });
});
