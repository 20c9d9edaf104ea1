import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { FormData, interceptors, request, stream } from 'undici';
import type { LegacyHandler } from 'pooler/undici';
import { Scene } from './scene.ts';

describe("undici's request", () => {
  it.each<[string, string | Buffer | Uint8Array | Readable | Blob | Iterable<string>, object]>([
    ['a string', 'abc', { 'content-length': '3' }],
    ['a Buffer', Buffer.from('abc'), { 'content-length': '3' }],
    ['a Blob', new Blob(['abc']), { 'content-length': '3' }],
    ['a stream', Readable.from(['a', 'bc'], { objectMode: false }), { 'transfer-encoding': 'chunked' }],
    ['an iterable', new Set(['a', 'bc']), { 'transfer-encoding': 'chunked' }],
  ])('sends %s', async (_what, body, framing) => {
    const { dispatcher, url } = await Scene.open((incoming, response) => {
      void text(incoming).then((sent) => response.end(JSON.stringify([sent, incoming.headers])));
    });
    const options = { dispatcher, method: 'POST' as const, body: '' };
    // Its types know less than it takes.
    Object.assign(options, { body });
    const response = await request(url, options);
    expect(await response.body.json()).toEqual(['abc', expect.objectContaining(framing)]);
  });

  it('gets trailers', async () => {
    const { dispatcher, url } = await Scene.open((_request, response) => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write('body');
      response.addTrailers({ 'x-sum': '42' });
      response.end();
    });
    const { body, trailers } = await request(url, { dispatcher });
    expect(await body.text()).toBe('body');
    expect(trailers).toEqual({ 'x-sum': '42' });
  });

  it('hears of interim responses', async () => {
    const { dispatcher, url } = await Scene.open((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.end('ok');
    });
    const heard: unknown[] = [];
    const { statusCode, body } = await request(url, { dispatcher, onInfo: (info) => heard.push(info) });
    expect([statusCode, await body.text()]).toEqual([200, 'ok']);
    expect(heard).toEqual([{ statusCode: 103, headers: { link: '</a.css>; rel=preload' } }]);
  });

  it('sends query, flat fields and `reset`', async () => {
    const { dispatcher, url } = await Scene.open((incoming, response) => {
      response.end(JSON.stringify([incoming.url, incoming.headers['x-a'], incoming.headers.connection]));
    });
    const { body } = await request(`${url}/a`, {
      dispatcher,
      query: { b: ['1', '2'] },
      headers: ['x-a', '1'],
      reset: true,
    });
    expect(await body.json()).toEqual(['/a?b=1&b=2', '1', 'close']);
  });

  it('gets the refusal of a server that has not read its body, and sends no more of it', async () => {
    let givenBytes = 0;
    const total = 256 * 1024 * 1024;
    const piece = Buffer.alloc(64 * 1024);
    const body = new Readable({
      read() {
        givenBytes += piece.length;
        this.push(givenBytes > total ? null : piece);
      },
    });
    const { dispatcher, url } = await Scene.open((_incoming, response) => {
      response.writeHead(413).end('too large');
    });
    const response = await request(url, { dispatcher, method: 'POST', body });
    expect([response.statusCode, await response.body.text()]).toEqual([413, 'too large']);
    expect(body.destroyed).toBe(true);
    expect(givenBytes).toBeLessThan(total / 2);
    expect(dispatcher.stats().pool).toMatchObject({ active: 0, idle: 0 });
  });

  it.each([
    ['upgrade', { upgrade: 'websocket' }, 'upgrade must be left out: connections of a pool are not upgraded'],
    ['CONNECT', { method: 'CONNECT' }, 'method must be other than CONNECT: nothing is tunnelled'],
    ['a timeout of its own', { headersTimeout: 5 }, 'headersTimeout must be left out: pool.headersTimeoutMs'],
    ['a FormData', { method: 'POST', body: new FormData() }, 'body must be a string, bytes, a Blob'],
    ['a bad field', { headers: { 'x-a': 'a\nb' } }, 'headers["x-a"] must be latin1 text'],
  ] as const)('refuses %s in one sentence', async (_what, options, sentence) => {
    const { dispatcher, url } = await Scene.open((_request, response) => response.end());
    const failure = new Promise<Error>((resolve) => {
      const handler = {
        onRequestStart: () => {},
        onResponseError: (_controller: unknown, error: Error) => resolve(error),
      };
      dispatcher.dispatch({ origin: url, path: '/', method: 'GET', ...options }, handler);
    });
    expect((await failure).message).toContain(sentence);
  });
});

describe("undici's stream", () => {
  it('writes the body where its factory says', async () => {
    const { dispatcher, url } = await Scene.open((_request, response) => response.end('streamed'));
    let written = '';
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString();
        done();
      },
    });
    await stream(url, { dispatcher, method: 'GET' }, () => sink);
    expect(written).toBe('streamed');
  });
});

describe("undici's interceptors", () => {
  it('compose with the dispatcher', async () => {
    const { dispatcher, url } = await Scene.open((incoming, response) => {
      if (incoming.url === '/old') response.writeHead(302, { location: '/new' }).end();
      else response.end('new');
    });
    const composed = dispatcher.compose(interceptors.redirect({ maxRedirections: 1 }));
    const { body } = await request(`${url}/old`, { dispatcher: composed });
    expect(await body.text()).toBe('new');
    await composed.close();
  });
});

describe('the methods that it has only for the contract', () => {
  it('say what to use instead', async () => {
    const { dispatcher } = await Scene.open(() => {});
    await expect(dispatcher.request()).rejects.toThrow('request(url, { dispatcher })');
    await expect(dispatcher.stream()).rejects.toThrow('only dispatches');
    expect(() => dispatcher.pipeline()).toThrow('only dispatches');
    await expect(dispatcher.connect()).rejects.toThrow('nothing is tunnelled');
    await expect(dispatcher.upgrade()).rejects.toThrow('not upgraded');
  });
});

describe('dispatch', () => {
  it('returns false when every connection is taken, and says when one is free', async () => {
    const waiting: Array<() => void> = [];
    const { dispatcher, url } = await Scene.open(
      (_request, response) => {
        waiting.push(() => response.end());
        arrived?.();
      },
      { pool: { maxConnections: 2 } },
    );
    let arrived: (() => void) | undefined;
    const both = new Promise<void>((resolve) => {
      arrived = () => waiting.length === 2 && resolve();
    });
    const send = (): boolean =>
      dispatcher.dispatch({ origin: url, path: '/', method: 'GET' }, { onRequestStart: () => {} });
    expect([send(), send()]).toEqual([true, false]);
    await both;
    const drained = once(dispatcher, 'drain');
    waiting[0]?.();
    expect(await drained).toEqual([new URL(url)]);
    waiting[1]?.();
  });

  it('calls a handler of undici 6 in its order, and pauses when it says so', async () => {
    const { dispatcher, url } = await Scene.open((_request, response) => {
      response.writeHead(200, 'Fine', { 'x-a': '1', trailer: 'x-t' });
      response.write('ab');
      response.addTrailers({ 'x-t': '2' });
      response.end();
    });
    const heard: unknown[] = [];
    let resume = (): void => {};
    const paused = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const handler: LegacyHandler = {
      onConnect: () => void heard.push('connect'),
      onHeaders: (status, raw, goOn, statusText) => {
        resume = goOn;
        heard.push(['headers', status, statusText, raw.slice(0, 2).map(String)]);
        paused.resolve();
        return false;
      },
      onData: (chunk) => void heard.push(['data', chunk.toString()]),
      onComplete: (raw) => {
        heard.push(['complete', raw.map(String)]);
        ended.resolve();
      },
      onError: (error) => ended.reject(error),
    };
    dispatcher.dispatch({ origin: url, path: '/', method: 'GET' }, handler);
    await paused.promise;
    // A whole other request comes and goes, and the paused one hears nothing.
    await (await request(url, { dispatcher })).body.dump();
    const before = ['connect', ['headers', 200, 'Fine', ['x-a', '1']]];
    expect(heard).toEqual(before);
    resume();
    await ended.promise;
    expect(heard).toEqual([...before, ['data', 'ab'], ['complete', ['x-t', '2']]]);
  });

  it('gives a handler that throws its own error, and frees the connection', async () => {
    const { dispatcher, url } = await Scene.open((_request, response) => response.end('abc'));
    const thrown = new Error('the handler broke');
    const failure = new Promise((resolve) => {
      const handler = {
        onRequestStart: () => {},
        onResponseStart: () => {
          throw thrown;
        },
        onResponseError: (_controller: unknown, error: Error) => resolve(error),
      };
      dispatcher.dispatch({ origin: url, path: '/', method: 'GET' }, handler);
    });
    expect(await failure).toBe(thrown);
    await dispatcher.close();
    expect(dispatcher.stats().pool).toMatchObject({ active: 0, idle: 0 });
  });

  it('refuses what is no handler', async () => {
    const { dispatcher, url } = await Scene.open(() => {});
    // @ts-expect-error: a caller without types
    expect(() => dispatcher.dispatch({ origin: url, path: '/', method: 'GET' }, undefined)).toThrow(
      "handler must be a handler of undici's dispatch()",
    );
  });
});

describe('closing', () => {
  it('calls back, as undici does', async () => {
    const { dispatcher } = await Scene.open(() => {});
    await new Promise<void>((resolve) => dispatcher.close(resolve));
    await new Promise<void>((resolve) => dispatcher.destroy(resolve));
    await new Promise<void>((resolve) => dispatcher.destroy(null, resolve));
  });
});
