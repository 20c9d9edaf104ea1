import { Readable } from 'node:stream';
import {
  FakeClock,
  ScriptedPool,
  closeReasons,
  settle,
  type ScriptedTransport,
  type SentRequest,
} from '#libs/testing';
import { describe, expect, it } from 'vitest';
import type { PoolOptions } from './options.ts';
import type { PoolRequest } from './request.ts';

const LINES = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n';
const CHUNKED_HEAD = `${LINES}Transfer-Encoding: chunked\r\n\r\n`;
const NO_MORE = { done: true, value: undefined } as const;

/** A body whose pieces the test gives, and that notes how it is read. */
class Source implements AsyncIterableIterator<Uint8Array | string> {
  asked = 0;
  isClosed = false;
  #answer: ((result: IteratorResult<Uint8Array | string>) => void) | undefined;
  #refuse: ((error: Error) => void) | undefined;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array | string>> {
    this.asked += 1;
    return new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#refuse = reject;
    });
  }

  async return(): Promise<IteratorResult<Uint8Array | string>> {
    this.isClosed = true;
    return NO_MORE;
  }

  async give(...pieces: Array<Uint8Array | string>): Promise<void> {
    for (const value of pieces) {
      this.#answer?.({ done: false, value });
      await settle();
    }
  }

  async end(): Promise<void> {
    this.#answer?.(NO_MORE);
    await settle();
  }

  async fail(error: Error): Promise<void> {
    this.#refuse?.(error);
    await settle();
  }
}

interface Upload {
  readonly bench: ScriptedPool;
  readonly wire: ScriptedTransport;
  readonly source: Source;
  readonly request: SentRequest;
}

/** A request with a streamed body, under way on a fresh connection. */
async function upload(request: Partial<PoolRequest> = {}, options: PoolOptions = {}): Promise<Upload> {
  const bench = new ScriptedPool(options);
  const source = new Source();
  const sent = bench.send({ method: 'POST', body: source, ...request });
  bench.wire(0).connect();
  await settle();
  return { bench, wire: bench.wire(0), source, request: sent };
}

describe('a streamed body', () => {
  it('goes out in chunks as its pieces come, and its connection serves again', async () => {
    const { bench, wire, source, request } = await upload();
    expect(wire.sent).toBe(CHUNKED_HEAD);
    await source.give('hé', Buffer.from('llo'));
    expect(wire.sent).toBe(`${CHUNKED_HEAD}3\r\nh\u00c3\u00a9\r\n3\r\nllo\r\n`);
    await source.end();
    expect(wire.sent.endsWith('\r\n0\r\n\r\n')).toBe(true);
    wire.respond();
    await settle();
    expect(request.fate).toBe(200);
    expect(request.exchange.requestBytesWritten).toBe(wire.sent.length);
    expect(bench.pool.stats()).toMatchObject({ idle: 1, active: 0 });
    expect(source.isClosed).toBe(false);
  });

  it('has been sent when its source has come to its end; any other with the head', async () => {
    const { bench, source, request } = await upload();
    bench.clock.advance(40);
    expect(request.exchange.sentAtMs).toBe(0);
    await source.give('x');
    await source.end();
    expect(request.exchange.sentAtMs).toBe(request.exchange.leasedAtMs + 40);
    const { exchange } = bench.send({ method: 'POST', body: 'whole' });
    bench.wire(1).connect();
    await settle();
    expect(exchange.sentAtMs).toBe(exchange.leasedAtMs);
  });

  it('goes out without chunks where the caller says how long it is', async () => {
    const { wire, source } = await upload({ headers: { 'content-length': '5' } });
    await source.give('he', 'llo');
    await source.end();
    expect(wire.sent).toBe(`${LINES}Content-Length: 5\r\n\r\nhello`);
  });

  it.each([65_536, 65_537])('is the same in a piece of %i bytes', async (length) => {
    const { wire, source } = await upload();
    await source.give(Buffer.alloc(length, 'b'));
    expect(wire.sent).toBe(`${CHUNKED_HEAD}${length.toString(16)}\r\n${'b'.repeat(length)}\r\n`);
  });

  it('does not end with a piece that is empty', async () => {
    const { wire, source } = await upload();
    await source.give('', 'x', Buffer.alloc(0));
    expect(wire.sent).toBe(`${CHUNKED_HEAD}1\r\nx\r\n`);
  });

  it('may be a Node stream', async () => {
    const { wire } = await upload({ body: Readable.from([Buffer.from('ab'), Buffer.from('c')]) });
    expect(wire.sent).toBe(`${CHUNKED_HEAD}2\r\nab\r\n1\r\nc\r\n0\r\n\r\n`);
  });

  it('may be a web stream', async () => {
    const body = new ReadableStream<string>({
      start(controller) {
        controller.enqueue('abc');
        controller.close();
      },
    });
    const { wire } = await upload({ body });
    expect(wire.sent).toBe(`${CHUNKED_HEAD}3\r\nabc\r\n0\r\n\r\n`);
  });

  it('is not asked for more while the wire is full', async () => {
    const { wire, source } = await upload();
    wire.isSending = true;
    await source.give('a');
    expect(source.asked).toBe(1);
    wire.drain();
    await settle();
    expect(source.asked).toBe(2);
  });
});

describe('a source that is always ready', () => {
  it('leaves the others their turn of the loop, though the wire takes everything', async () => {
    const clock = new FakeClock(0, 'by-hand');
    const bench = new ScriptedPool({}, { clock });
    const piece = Buffer.alloc(64 * 1024);
    const body = async function* (): AsyncGenerator<Buffer> {
      for (let i = 0; i < 64; i += 1) yield piece;
    };
    const headers = { 'content-length': String(64 * piece.length) };
    bench.send({ method: 'POST', headers, body: body() });
    bench.wire(0).connect();
    for (const pieces of [4, 8, 12]) {
      clock.endTurn();
      await settle();
      expect(Math.floor(bench.wire(0).sent.length / piece.length)).toBe(pieces);
    }
  });
});

describe('a source that breaks its word', () => {
  it('ends the request with its error as the cause, and the connection is cut', async () => {
    const { wire, source, request } = await upload();
    await source.give('abc');
    const broken = new Error('the disk is gone');
    await source.fail(broken);
    expect(request.error).toMatchObject({
      code: 'PLR_BODY_SOURCE',
      kind: 'caller',
      phase: 'send',
      cause: broken,
      retrySafe: false,
      requestBytesWritten: wire.sent.length,
    });
    expect(wire.life).toBe('reset');
  });

  it('is told when it is longer than announced, and no byte too many goes out', async () => {
    const { wire, source, request } = await upload({ headers: { 'content-length': '2' } });
    await source.give('abc');
    expect(request.error.message).toContain('the request body is longer than its Content-Length of 2');
    expect(wire.sent.endsWith('\r\n\r\n')).toBe(true);
    expect(source.isClosed).toBe(true);
  });

  it('is told when it is shorter than announced', async () => {
    const { source, request } = await upload({ headers: { 'content-length': '4' } });
    await source.give('abc');
    await source.end();
    expect(request.error.message).toContain('ended after 3 bytes of its Content-Length of 4');
  });

  it('is told when a piece is no bytes', async () => {
    const { request } = await upload({ body: Readable.from([1]) });
    expect(request.error.message).toContain('a piece that is neither text nor bytes');
  });

  it('is told when its function throws', async () => {
    const { request } = await upload({
      body: () => {
        throw new Error('no file');
      },
    });
    expect(request.error).toMatchObject({ code: 'PLR_BODY_SOURCE', cause: { message: 'no file' } });
  });
});

describe('the time of a streamed body', () => {
  it('runs anew with each piece, and that for the head begins after the last', async () => {
    const { bench, source, request } = await upload({}, { bodyTimeoutMs: 200, headersTimeoutMs: 500 });
    for (let i = 0; i < 5; i += 1) {
      await bench.advance(199);
      await source.give('x');
    }
    await source.end();
    await bench.advance(499);
    expect(request.fate).toBe('pending');
    await bench.advance(1);
    expect(request.error).toMatchObject({ code: 'PLR_HEADERS_TIMEOUT', phase: 'wait' });
  });

  it('ends a request whose source gives nothing, which is no fault of the peer', async () => {
    const { bench, wire, source, request } = await upload({}, { bodyTimeoutMs: 200 });
    await bench.advance(200);
    expect(request.error).toMatchObject({ code: 'PLR_BODY_SOURCE', phase: 'send' });
    expect(request.error.message).toContain('gave nothing for 200 ms');
    expect([wire.life, source.isClosed]).toEqual(['reset', true]);
  });

  it('ends a request whose peer takes nothing', async () => {
    const { bench, wire, source, request } = await upload({}, { bodyTimeoutMs: 200 });
    wire.isSending = true;
    await source.give('x');
    await bench.advance(200);
    expect(request.error).toMatchObject({ code: 'PLR_BODY_TIMEOUT', kind: 'timeout', phase: 'send' });
    expect(request.error.message).toContain('the peer took no byte of the request body for 200 ms');
  });
});

describe('a response that comes before the body is sent', () => {
  it('is read on while the rest goes out', async () => {
    const { bench, wire, source, request } = await upload();
    await source.give('a');
    wire.receive('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
    await source.give('b');
    wire.receive('1\r\nb\r\n');
    await source.end();
    wire.receive('0\r\n\r\n');
    await settle();
    expect(await request.response.body.text()).toBe('ab');
    expect(wire.sent.endsWith('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')).toBe(true);
    expect(bench.pool.stats().idle).toBe(1);
  });

  it('stops it when it refuses, is delivered whole, and its connection serves nobody else', async () => {
    const { wire, source, request } = await upload();
    await source.give('a');
    const { length } = wire.sent;
    wire.receive('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\n');
    expect(source.isClosed).toBe(true);
    await source.give('b');
    expect(wire.sent).toHaveLength(length);
    expect(closeReasons(() => wire.receive('big'))).toEqual(['still-sending']);
    await settle();
    expect(request.fate).toBe(413);
    expect(await request.response.body.text()).toBe('big');
  });

  it('ends it when it is complete, for whatever followed would be the next request', async () => {
    const { wire, source, request } = await upload();
    wire.isSending = true;
    await source.give('a');
    expect(closeReasons(() => wire.respond())).toEqual(['still-sending']);
    await settle();
    expect(request.fate).toBe(200);
    expect([source.isClosed, source.asked]).toEqual([true, 1]);
  });
});

describe('an interim response', () => {
  it('goes to who asked for it, and changes nothing', async () => {
    const heard: unknown[] = [];
    const { wire, request } = await upload({
      body: undefined,
      onInformational: (response) => heard.push(response),
    });
    wire.receive('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n');
    wire.respond();
    await settle();
    expect(heard).toEqual([
      { statusCode: 103, headers: { link: '</a.css>' }, rawHeaders: ['link', '</a.css>'] },
    ]);
    expect(request.fate).toBe(200);
  });
});

describe('a request that ends early', () => {
  it.each<[string, (wire: ScriptedTransport) => void]>([
    ['was reset', (wire) => wire.fail('ECONNRESET')],
    ['was closed', (wire) => wire.finish()],
  ])('closes its source when its connection %s', async (_how, end) => {
    const { wire, source } = await upload();
    end(wire);
    expect(source.isClosed).toBe(true);
  });

  it('destroys a stream that stands still', async () => {
    const body = new Readable({ read: () => {} });
    const { wire } = await upload({ body });
    wire.fail('ECONNRESET');
    expect(body.destroyed).toBe(true);
  });

  it('closes a source that it never began', async () => {
    const bench = new ScriptedPool();
    const streams = [new Source(), new Readable({ read: () => {} })] as const;
    const requests = streams.map((body) => bench.pool.request({ path: '/', method: 'POST', body }));
    await bench.pool.destroy();
    await Promise.allSettled(requests);
    await settle();
    expect([streams[0].isClosed, streams[0].asked, streams[1].destroyed]).toEqual([true, 0, true]);
  });

  it('outlives a stream that fails while it waits for a connection', async () => {
    const bench = new ScriptedPool();
    const body = new Readable({ read: () => {} });
    const sent = bench.send({ method: 'POST', body });
    body.destroy(new Error('the disk is gone'));
    await settle();
    bench.wire(0).connect();
    await settle();
    expect(sent.error).toMatchObject({ code: 'PLR_BODY_SOURCE', cause: { message: 'the disk is gone' } });
  });
});
