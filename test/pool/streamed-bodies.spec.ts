import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Pool, type PoolOptions } from '#libs/pool';

const KIB = 1024;
/** More than the buffers of both kernels together. */
const LARGE = 64 * KIB * KIB;

interface Peer {
  readonly pool: Pool;
  /** The connection that the peer accepts next. */
  readonly accepted: Promise<Socket>;
  readonly server: Server;
}

/** A peer that reads nothing until the test says so. */
async function peer(options: PoolOptions = {}): Promise<Peer> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  const accepted = once(server, 'connection').then(([socket]: Socket[]) => {
    if (!socket) throw new Error('a connection comes with its socket');
    socket.on('error', () => {});
    return socket;
  });
  await once(server, 'listening');
  const address = server.address();
  const pool = new Pool(
    `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    options,
  );
  onTestFinished(async () => {
    await pool.destroy();
    (await accepted).destroy();
    server.close();
    await once(server, 'close');
  });
  return { pool, accepted, server };
}

/** Gives pieces without end and counts them. */
class Endless extends Readable {
  givenBytes = 0;
  readonly #piece: Buffer;

  constructor(pieceBytes: number) {
    super({ highWaterMark: 1 });
    this.#piece = Buffer.alloc(pieceBytes, 'x');
  }

  override _read(): void {
    this.givenBytes += this.#piece.length;
    this.push(this.#piece);
  }
}

describe('a streamed body, on sockets', () => {
  it('arrives whole at a peer that reads late', async () => {
    const { pool, accepted } = await peer();
    const piece = Buffer.alloc(64 * KIB, 'x');
    const body = async function* (): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < LARGE; sent += piece.length) yield piece;
    };
    const headers = { 'content-length': `${LARGE}` };
    const answer = pool.request({ path: '/', method: 'POST', headers, body: body() });
    const socket = await accepted;
    let received = 0;
    let headBytes = 0;
    socket.on('data', (data) => {
      if (headBytes === 0) headBytes = data.indexOf('\r\n\r\n') + 4;
      received += data.length;
      if (received === headBytes + LARGE) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    socket.resume();
    expect((await answer).statusCode).toBe(200);
    expect(pool.stats()).toMatchObject({ idle: 1, opened: 1 });
  });

  it('times out at a peer that reads nothing, and counts what the kernel took, not what waited in the process', async () => {
    const { pool, accepted } = await peer({ bodyTimeoutMs: 200 });
    const body = new Endless(1_000);
    const answer = pool.request({ path: '/', method: 'POST', body });
    await accepted;
    const error: unknown = await answer.catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'PLR_BODY_TIMEOUT', phase: 'send', retrySafe: false });
    const written = error instanceof Error && 'requestBytesWritten' in error ? error.requestBytesWritten : 0;
    expect(written).toBeGreaterThan(100 * KIB);
    expect(body.givenBytes - Number(written), 'what waited in the process').toBeGreaterThan(10_000);
    expect(body.destroyed).toBe(true);
  });

  it('ends with the answer of a peer that refuses it in the middle', async () => {
    const { pool, accepted } = await peer();
    const body = new Endless(64 * KIB);
    const answer = pool.request({ path: '/', method: 'POST', body });
    const socket = await accepted;
    socket.once('data', () => socket.pause().write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno'));
    socket.resume();
    const response = await answer;
    expect([response.statusCode, await response.body.text()]).toEqual([413, 'no']);
    expect(body.destroyed).toBe(true);
    expect(pool.stats()).toMatchObject({ active: 0, idle: 0 });
  });

  it('fails with its connection, and is destroyed', async () => {
    const { pool, accepted } = await peer();
    const body = new Endless(64 * KIB);
    const answer = pool.request({ path: '/', method: 'POST', body });
    const socket = await accepted;
    socket.once('data', () => socket.resetAndDestroy());
    socket.resume();
    await expect(answer).rejects.toMatchObject({ code: 'PLR_RESET', retrySafe: false });
    expect(body.destroyed).toBe(true);
  });
});
