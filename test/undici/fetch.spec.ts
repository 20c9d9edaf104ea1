import { json, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { fetch as undiciFetch } from 'undici';
import type { PoolerDispatcher } from 'pooler/undici';
import { Scene, closeOf, deadPort, stands } from './scene.ts';

interface Init {
  readonly dispatcher: PoolerDispatcher;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | URLSearchParams;
  readonly duplex?: 'half';
  readonly signal?: AbortSignal;
}
type Fetched = Awaited<ReturnType<typeof undiciFetch>> | Response;
type Fetch = (url: string, init: Init) => Promise<Fetched>;

const MIB = 1024 * 1024;
/** More than the buffers of both kernels and both ends together. */
const LARGE = 96 * MIB;
const HALF = LARGE / 2;

const nodeFetch: Fetch = async (url, init) => fetch(url, init);
const npmFetch: Fetch = async (url, init) => undiciFetch(url, init);

describe.each<[string, Fetch]>([
  [`the fetch of Node ${process.version} (undici ${process.versions['undici']})`, nodeFetch],
  ["the fetch of npm's undici", npmFetch],
])('%s', (_name, fetch) => {
  it('sends and gets JSON, all over one connection', async () => {
    const scene = await Scene.open((request, response) => {
      void json(request).then((sent) =>
        response.end(JSON.stringify({ sent, length: request.headers['content-length'] })),
      );
    });
    const { dispatcher, url } = scene;
    for (let n = 0; n < 5; n += 1) {
      const response = await fetch(url, { dispatcher, method: 'POST', body: JSON.stringify({ n }) });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ sent: { n }, length: '7' });
    }
    expect(scene.sockets).toHaveLength(1);
    expect(dispatcher.stats()).toMatchObject({ requests: 5, ok: 5, retries: 0 });
  });

  it('shows status text and every line of a field', async () => {
    const { dispatcher, url } = await Scene.open((_request, response) => {
      response.writeHead(404, 'Nowhere', { 'set-cookie': ['a=1', 'b=2'], 'x-n': ['1', '2'] }).end();
    });
    const response = await fetch(url, { dispatcher });
    expect([response.status, response.statusText]).toEqual([404, 'Nowhere']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-n')).toBe('1, 2');
    expect(await response.text()).toBe('');
  });

  it('follows redirects, and says where it ended', async () => {
    const { dispatcher, url } = await Scene.open((request, response) => {
      if (request.url === '/old') response.writeHead(302, { location: '/new?x=1' }).end('moved');
      else response.end(request.url);
    });
    const response = await fetch(`${url}/old`, { dispatcher });
    expect([response.redirected, await response.text()]).toEqual([true, '/new?x=1']);
  });

  it('sends a form', async () => {
    const { dispatcher, url } = await Scene.open((request, response) => void request.pipe(response));
    const body = new URLSearchParams({ a: '1', b: 'ä' });
    const response = await fetch(url, { dispatcher, method: 'POST', body });
    expect(await response.text()).toBe('a=1&b=%C3%A4');
  });

  it('asks a streamed body for no more than a slow server takes', async () => {
    let givenBytes = 0;
    const piece = new Uint8Array(MIB / 4);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (givenBytes >= LARGE) return controller.close();
        givenBytes += piece.length;
        return controller.enqueue(piece);
      },
    });
    let goOn = (): void => {};
    const { dispatcher, url } = await Scene.open((request, response) => {
      if (request.url === '/look') return void response.end();
      let received = 0;
      goOn = () => request.on('data', (chunk: Buffer) => (received += chunk.length));
      request.on('end', () => response.end(`${received}`));
      return undefined;
    });
    const answer = fetch(url, { dispatcher, method: 'POST', body, duplex: 'half' });
    const look = async (): Promise<string> => (await fetch(`${url}/look`, { dispatcher })).text();
    expect(
      await stands(() => givenBytes, look),
      'what the source gave while the server read nothing',
    ).toBeLessThan(HALF);
    goOn();
    expect(await (await answer).text()).toBe(`${LARGE}`);
  });

  it('lets a slow reader hold the server back', async () => {
    let writtenBytes = 0;
    const { dispatcher, url } = await Scene.open((request, response) => {
      if (request.url === '/look') return void response.end();
      const piece = Buffer.alloc(MIB / 4, 'x');
      const write = (): void => {
        while (writtenBytes < LARGE) {
          writtenBytes += piece.length;
          if (!response.write(piece)) return void response.once('drain', write);
        }
        response.end();
      };
      return write();
    });
    const response = await fetch(url, { dispatcher });
    const look = async (): Promise<string> => (await fetch(`${url}/look`, { dispatcher })).text();
    expect(await stands(() => writtenBytes, look), 'what was written while nobody read').toBeLessThan(HALF);
    let readBytes = 0;
    if (!response.body) throw new Error('the response has a body');
    for await (const chunk of response.body) readBytes += chunk.length;
    expect(readBytes).toBe(LARGE);
  });

  it('aborted before the head ends with an AbortError, and the connection is cut', async () => {
    const asked = Promise.withResolvers<void>();
    const scene = await Scene.open(() => asked.resolve());
    const { dispatcher, url } = scene;
    const aborter = new AbortController();
    const answer = fetch(url, { dispatcher, signal: aborter.signal });
    await asked.promise;
    const closed = scene.sockets.map(closeOf);
    aborter.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await Promise.all(closed);
    expect(dispatcher.stats().pool).toMatchObject({ active: 0, idle: 0, pending: 0 });
  });

  it('aborted in the middle of the body fails its reader, and the connection is cut', async () => {
    const scene = await Scene.open((_request, response) => void response.write('half'));
    const { dispatcher, url } = scene;
    const aborter = new AbortController();
    const response = await fetch(url, { dispatcher, signal: aborter.signal });
    const [socket] = scene.sockets;
    if (!socket) throw new Error('the server saw a connection');
    const closed = closeOf(socket);
    aborter.abort();
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' });
    await closed;
  });

  it('aborted before it is sent reaches nobody', async () => {
    let asked = 0;
    const { dispatcher, url } = await Scene.open((_request, response) => {
      asked += 1;
      response.end();
    });
    await expect(fetch(url, { dispatcher, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(asked).toBe(0);
  });

  it('that fails rejects with a TypeError whose cause is the PoolerError', async () => {
    const { dispatcher } = await Scene.open(() => {}, { retry: false });
    await expect(fetch(`http://127.0.0.1:${await deadPort()}`, { dispatcher })).rejects.toMatchObject({
      name: 'TypeError',
      cause: { name: 'PoolerError', code: 'PLR_CONNECT_REFUSED', errno: 'ECONNREFUSED' },
    });
  });

  it('whose body is cut fails its reader in the same way', async () => {
    const { dispatcher, url } = await Scene.open((request, response) => {
      response.write('half', () => request.socket.resetAndDestroy());
    });
    const reading = fetch(url, { dispatcher }).then(async (response) => response.text());
    await expect(reading).rejects.toMatchObject({
      name: 'TypeError',
      cause: { name: 'PoolerError', code: 'PLR_RESET' },
    });
  });

  it('is retried without a body, and never with one, which is a stream', async () => {
    const asked = { GET: 0, PUT: 0 };
    const { dispatcher, url } = await Scene.open(
      (request, response) => {
        const method = request.method === 'PUT' ? 'PUT' : 'GET';
        asked[method] += 1;
        response.writeHead(asked[method] === 1 ? 503 : 200).end();
      },
      { retry: { backoff: { baseMs: 1, capMs: 1 } } },
    );
    expect((await fetch(url, { dispatcher })).status).toBe(200);
    expect((await fetch(url, { dispatcher, method: 'PUT', body: 'x' })).status).toBe(503);
    expect(asked).toEqual({ GET: 2, PUT: 1 });
  });

  it('whose body fails ends with the cause, and is no fault of the server', async () => {
    const scene = await Scene.open((request) => void text(request).catch(() => {}));
    const body = new ReadableStream<Uint8Array>({
      pull() {
        throw new Error('the disk is gone');
      },
    });
    const { dispatcher, url } = scene;
    const answer = fetch(url, { dispatcher, method: 'POST', body, duplex: 'half' });
    await expect(answer).rejects.toThrow();
    expect(dispatcher.health().get(url)).toMatchObject({ status: 'ok' });
  });

  it('under way is waited for by close, and cut by destroy', async () => {
    const asked = Promise.withResolvers<() => void>();
    const first = await Scene.open((_request, response) => asked.resolve(() => response.end('late')));
    const answer = fetch(first.url, { dispatcher: first.dispatcher });
    const respond = await asked.promise;
    const closed = first.dispatcher.close();
    await expect(fetch(first.url, { dispatcher: first.dispatcher })).rejects.toMatchObject({
      cause: { code: 'PLR_POOL_CLOSED' },
    });
    respond();
    expect(await (await answer).text()).toBe('late');
    await closed;

    const second = await Scene.open(() => void second.dispatcher.destroy(new Error('over')));
    await expect(fetch(second.url, { dispatcher: second.dispatcher })).rejects.toMatchObject({
      cause: { code: 'PLR_POOL_CLOSED', cause: { message: 'over' } },
    });
  });
});
