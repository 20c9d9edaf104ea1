import { afterEach, describe, expect, it } from 'vitest';
import { PoolerError } from '#libs/kernel';
import type { PoolOptions, PoolRequest, Response } from '#libs/pool';
import { makeLoopbackStage } from './loopback-stage.ts';
import { settled, type MakeStage, type Peer, type Stage } from './stage.ts';
import { makeVirtualStage } from './virtual-stage.ts';

const STAGES: ReadonlyArray<[string, MakeStage]> = [
  ['the virtual network', makeVirtualStage],
  ['loopback sockets', makeLoopbackStage],
];

describe.each(STAGES)('a pool on %s', (_, makeStage) => {
  let stage: Stage;

  afterEach(async () => {
    await stage.close();
  });

  async function start(options: PoolOptions = {}): Promise<void> {
    stage = await makeStage(options);
  }

  async function request(request: Partial<PoolRequest> = {}): Promise<Response> {
    return stage.pool.request({ path: '/', ...request });
  }

  /** The connection accepted as number `index`, with so many whole requests in all. */
  async function peerWith(index: number, requests: number): Promise<Peer> {
    await stage.until(() => (stage.peers[index]?.requests.length ?? 0) >= requests);
    const peer = stage.peers[index];
    if (!peer) throw new Error('there is no such connection');
    return peer;
  }

  /** Sends a request and answers it on that connection. */
  async function exchange(index: number, requests: number): Promise<Peer> {
    const response = request();
    const peer = await peerWith(index, requests);
    peer.respond('ok');
    expect(await settled(stage, (await settled(stage, response)).body.text())).toBe('ok');
    return peer;
  }

  async function errorOf(promise: Promise<unknown>): Promise<PoolerError> {
    const error = await settled(
      stage,
      promise.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    if (error instanceof PoolerError) return error;
    throw new Error(`no PoolerError but ${String(error)}`);
  }

  it('sends one request after the other on one connection', async () => {
    await start();
    await exchange(0, 1);
    await exchange(0, 2);
    expect(stage.peers).toHaveLength(1);
    expect(stage.pool.stats()).toMatchObject({ active: 0, idle: 1, opened: 1 });
  });

  it('sends a body, and gives requests that wait the connection in their order', async () => {
    await start({ maxConnections: 1 });
    const responses = ['/a', '/b', '/c'].map(async (path) => request({ method: 'PUT', path, body: 'x' }));
    for (let count = 1; count <= 3; count += 1) (await peerWith(0, count)).respond(`${count}`);
    for (const [index, response] of responses.entries()) {
      expect(await settled(stage, (await settled(stage, response)).body.text())).toBe(`${index + 1}`);
    }
    expect(stage.peers[0]?.requests).toEqual(['PUT /a x', 'PUT /b x', 'PUT /c x']);
  });

  it.each(['end', 'reset'] as const)(
    'dials again when the peer does %s on the idle connection',
    async (way) => {
      await start();
      const peer = await exchange(0, 1);
      peer.socket[way]();
      await stage.until(() => stage.pool.stats().idle === 0);
      await exchange(1, 1);
      expect(stage.peers).toHaveLength(2);
    },
  );

  it('closes an idle connection that speaks unasked', async () => {
    await start();
    const peer = await exchange(0, 1);
    peer.respond('foreign');
    await stage.until(() => stage.pool.stats().idle === 0 && peer.gone !== undefined);
    await exchange(1, 1);
  });

  it('closes behind an answer with more than an answer, and behind one that says close', async () => {
    await start();
    const first = request();
    (await peerWith(0, 1)).socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n');
    expect(await settled(stage, (await settled(stage, first)).body.text())).toBe('ok');
    const second = request();
    (await peerWith(1, 1)).respond('ok', 'Connection: close\r\n');
    expect(await settled(stage, (await settled(stage, second)).body.text())).toBe('ok');
    expect(stage.pool.stats()).toMatchObject({ active: 0, idle: 0 });
  });

  it('says of a FIN before the answer what was written, and that nothing was read', async () => {
    await start();
    const response = request({ method: 'POST', body: 'x' });
    (await peerWith(0, 1)).socket.end();
    const error = await errorOf(response);
    expect(error).toMatchObject({
      code: 'PLR_CLOSED_BY_PEER',
      reused: false,
      responseBytesRead: 0,
      retrySafe: false,
    });
    expect(error.requestBytesWritten).toBeGreaterThan(0);
  });

  it.each([
    ['end', 'PLR_CLOSED_BY_PEER'],
    ['reset', 'PLR_RESET'],
  ] as const)('fails a body that the peer cuts by %s with %s', async (way, code) => {
    await start();
    const pending = request();
    const peer = await peerWith(0, 1);
    peer.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    const response = await settled(stage, pending);
    await stage.until(() => stage.pool.stats().active === 1);
    peer.socket[way]();
    expect(await errorOf(response.body.text())).toMatchObject({ code, phase: 'receive' });
    expect(stage.pool.stats()).toMatchObject({ active: 0, idle: 0 });
  });

  it('ends a body without a length with the FIN', async () => {
    await start();
    const pending = request();
    const peer = await peerWith(0, 1);
    peer.socket.write('HTTP/1.1 200 OK\r\n\r\nall of it');
    const response = await settled(stage, pending);
    peer.socket.end();
    expect(await settled(stage, response.body.text())).toBe('all of it');
  });

  it('puts a chunked body together from pieces', async () => {
    await start();
    const pending = request();
    const peer = await peerWith(0, 1);
    const answer =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n';
    for (const byte of answer) peer.socket.write(byte);
    const response = await settled(stage, pending);
    expect(await settled(stage, response.body.text())).toBe('abcde');
    expect(response.trailers).toEqual({ 'x-sum': '5' });
  });

  it('brings a large body whole to a reader that takes its time', async () => {
    await start();
    const pending = request();
    const body = 'abcdefghij'.repeat(100_000);
    (await peerWith(0, 1)).respond(body);
    const response = await settled(stage, pending);
    let text = '';
    const read = async (): Promise<void> => {
      for await (const chunk of response.body) text += chunk.toString('latin1');
    };
    await settled(stage, read());
    expect(text === body).toBe(true);
    expect(stage.pool.stats()).toMatchObject({ active: 0, idle: 1 });
  });

  it('does not reuse a connection that is still sending when the answer is there', async () => {
    await start();
    const pending = request({ method: 'POST', body: 'x'.repeat(32 * 1024 * 1024) });
    await stage.until(() => stage.peers.length === 1);
    const peer = stage.peers[0];
    if (!peer) throw new Error('there is no such connection');
    peer.socket.pause();
    peer.respond('enough');
    expect(await settled(stage, (await settled(stage, pending)).body.text())).toBe('enough');
    expect(stage.pool.stats()).toMatchObject({ active: 0, idle: 0 });
  });

  it('resets the connection of a request that is aborted', async () => {
    await start();
    const controller = new AbortController();
    const pending = request({ signal: controller.signal });
    const peer = await peerWith(0, 1);
    controller.abort(new Error('changed my mind'));
    expect(await errorOf(pending)).toMatchObject({ code: 'PLR_ABORTED' });
    await stage.until(() => peer.gone !== undefined);
    expect(peer.gone).toBe('reset');
  });

  it('is refused where nobody listens', async () => {
    await start();
    await stage.stopListening();
    expect(await errorOf(request())).toMatchObject({
      code: 'PLR_CONNECT_REFUSED',
      errno: 'ECONNREFUSED',
      syscall: 'connect',
      retrySafe: true,
    });
  });

  it('closes in good order: what runs is finished, what is idle gets a FIN', async () => {
    await start();
    const idle = await exchange(0, 1);
    const pending = request();
    const running = await peerWith(0, 2);
    const closed = stage.pool.close();
    running.respond('last');
    expect(await settled(stage, (await settled(stage, pending)).body.text())).toBe('last');
    await settled(stage, closed);
    await stage.until(() => idle.gone !== undefined);
    expect(idle.gone).toBe('fin');
    expect(await errorOf(request())).toMatchObject({ code: 'PLR_POOL_CLOSED' });
  });
});
