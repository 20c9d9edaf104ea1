import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { PoolerError } from '#libs/kernel';
import { Pool, type PoolOptions, type TlsOptions } from '#libs/pool';
import { channels, type RequestRecord } from '#libs/records';
import { tlsFixture } from '../fixtures/tls/index.ts';
import { TlsServer } from './tls-server.ts';

const ca = tlsFixture('root.pem');
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

async function textOf(pool: Pool, path = '/', method = 'GET'): Promise<string> {
  const { body } = await pool.request({ path, method });
  return body.text();
}

async function errorOf(sent: Promise<unknown>): Promise<PoolerError> {
  const error: unknown = await sent.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (error instanceof PoolerError) return error;
  throw new Error(`expected an error of Pooler, got ${String(error)}`);
}

/** The error of one request to this server, by a pool with these options. */
async function refusalBy(
  server: TlsServer,
  tls: TlsOptions,
  options: PoolOptions = {},
): Promise<PoolerError> {
  const pool = new Pool(server.origin, { ...options, tls });
  try {
    return await errorOf(textOf(pool));
  } finally {
    await pool.destroy();
  }
}

/** A server below TLS, which does with each connection what it is told. */
async function rawServer(
  onConnection: (socket: Socket) => void,
  port = 0,
): Promise<Server & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

describe.each(VERSIONS)('a pool over %s', (version) => {
  it('asks the kernel, reuses its connection, and is not taken in by the tickets that follow the handshake', async () => {
    await using server = await TlsServer.startOf(version);
    const results: unknown[] = [];
    const stop = channels.probe.subscribe(({ origin, result }) => {
      if (origin === server.origin) results.push(result);
    });
    const pool = new Pool(server.origin, { tls: { ca } });
    for (let i = 0; i < 10; i += 1) expect(await textOf(pool, `/${i}`)).toBe(`GET /${i}`);
    stop();
    expect(server.protocols).toEqual([version]);
    expect(results.slice(1)).toEqual(Array.from({ length: 9 }, () => 'alive'));
    expect(pool.stats()).toMatchObject({ opened: 1, probesDead: 0, validation: 'peek' });
    await pool.close();
  });

  it.each(['peek', 'read', 'turn'] as const)(
    'keeps a connection that was dialled ahead and has never carried a request, checked by %s',
    async (validate) => {
      await using server = await TlsServer.startOf(version);
      const pool = new Pool(server.origin, { tls: { ca }, validate });
      await new Promise<void>((resolve, reject) => {
        pool.dialProbe((error) => (error ? reject(error) : resolve()));
      });
      expect(await textOf(pool)).toBe('GET /');
      expect(pool.stats()).toMatchObject({ opened: 1, probesDead: 0 });
      await pool.close();
    },
  );

  it('resumes the last session on its next connections', async () => {
    await using server = await TlsServer.startOf(version);
    const pool = new Pool(server.origin, { tls: { ca } });
    for (let i = 0; i < 3; i += 1) {
      const { body } = await pool.request({ path: '/', headers: { connection: 'close' } });
      await body.text();
    }
    expect(server.resumed).toEqual([false, true, true]);
    await pool.close();
  });

  it('never resumes a session whose certificate was refused', async () => {
    await using server = await TlsServer.startOf(version, { cert: tlsFixture('wrong-host.pem') });
    const pool = new Pool(server.origin, { tls: { ca } });
    for (let i = 0; i < 3; i += 1) {
      expect(await errorOf(textOf(pool))).toMatchObject({ code: 'PLR_TLS', reason: 'wrong-host' });
    }
    expect(server.resumed.includes(true)).toBe(false);
    await pool.close();
  });

  it.each([
    ['expired', 'expired.pem', 'CERT_HAS_EXPIRED'],
    ['not-yet-valid', 'not-yet.pem', 'CERT_NOT_YET_VALID'],
    ['wrong-host', 'wrong-host.pem', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['self-signed', 'self-signed.pem', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ] as const)('refuses a certificate that is %s', async (reason, certificate, errno) => {
    await using server = await TlsServer.startOf(version, { cert: tlsFixture(certificate) });
    const error = await refusalBy(server, { ca });
    expect(error).toMatchObject({
      code: 'PLR_TLS',
      kind: 'protocol',
      phase: 'tls',
      reason,
      errno,
      requestBytesWritten: 0,
      retrySafe: true,
      origin: server.origin,
    });
    expect(error.message).toContain(`the dial failed: TLS (${reason}): `);
    expect(server.requests).toBe(0);
  });

  it('refuses a certificate of a root that it does not know', async () => {
    await using server = await TlsServer.startOf(version);
    const error = await refusalBy(server, { ca: tlsFixture('other-root.pem') });
    expect(error).toMatchObject({ code: 'PLR_TLS', reason: 'unknown-root' });
  });

  it('takes any certificate where it is told to', async () => {
    await using server = await TlsServer.startOf(version, { cert: tlsFixture('expired.pem') });
    const pool = new Pool(server.origin, { tls: { rejectUnauthorized: false } });
    expect(await textOf(pool)).toBe('GET /');
    await pool.close();
  });

  it('shows its own certificate, with a key that its passphrase opens', async () => {
    await using server = await TlsServer.startOf(version, {
      ca,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const tls = {
      ca,
      cert: tlsFixture('client.pem'),
      key: tlsFixture('client-encrypted.key'),
      passphrase: 'test',
    };
    const pool = new Pool(server.origin, { tls });
    expect(await textOf(pool)).toBe('GET /');
    await pool.close();

    const error = await refusalBy(server, { ca });
    expect(error).toMatchObject({ code: 'PLR_TLS', reason: 'other', responseBytesRead: 0 });
    expect(server.requests).toBe(1);
  });

  it('cuts a connection with RST when its caller gives up', async () => {
    await using server = await TlsServer.startOf(version);
    const pool = new Pool(server.origin, { tls: { ca } });
    await textOf(pool);
    const lost = Promise.all(server.sockets.map(async (socket) => once(socket, 'error')));
    const aborter = new AbortController();
    const sent = errorOf(pool.request({ path: '/', signal: aborter.signal }));
    // It leaves at the end of this turn.
    await setImmediate();
    aborter.abort();
    expect((await sent).code).toBe('PLR_ABORTED');
    expect(await lost).toMatchObject([[{ code: 'ECONNRESET' }]]);
    await pool.close();
  });

  it('carries a large body both ways', async () => {
    await using server = await TlsServer.startOf(version);
    const pool = new Pool(server.origin, { tls: { ca } });
    const path = `/${'x'.repeat(4_000)}`;
    const body = Buffer.alloc(2 * 1024 * 1024, 'b');
    for (let i = 0; i < 3; i += 1) {
      const response = await pool.request({ method: 'POST', path, body });
      expect(await response.body.text()).toBe(`POST ${path}`);
    }
    expect(pool.stats().opened).toBe(1);
    await pool.close();
  });
});

describe('a TLS handshake', () => {
  it('offers http/1.1, and a peer that picks another protocol is refused', async () => {
    const asked: string[][] = [];
    await using server = await TlsServer.start({
      ALPNCallback: ({ protocols }) => {
        asked.push(protocols);
        return protocols.find((name) => name === 'h2');
      },
    });
    expect(await refusalBy(server, { ca })).toMatchObject({ code: 'PLR_TLS', reason: 'wrong-protocol' });
    const error = await refusalBy(server, { ca, ALPNProtocols: ['http/1.1', 'h2'] });
    expect(error).toMatchObject({ code: 'PLR_TLS', reason: 'wrong-protocol', errno: 'ERR_ALPN' });
    expect(asked).toEqual([['http/1.1'], ['http/1.1', 'h2']]);
    expect(server.requests).toBe(0);
  });

  it('asks for the name of the origin, or the one it is given, and wants that in the certificate', async () => {
    const asked: string[] = [];
    await using server = await TlsServer.start({
      SNICallback: (name, callback) => {
        asked.push(name);
        callback(null);
      },
    });
    const byName = new Pool(`https://localhost:${server.port}`, { tls: { ca } });
    expect(await textOf(byName)).toBe('GET /');
    await byName.close();
    const error = await refusalBy(server, { ca, servername: 'example.test' });
    expect(error).toMatchObject({ code: 'PLR_TLS', reason: 'wrong-host' });
    expect(asked).toEqual(['localhost', 'example.test']);
  });

  it('does not go below the version that is asked for', async () => {
    await using server = await TlsServer.startOf('TLSv1.2');
    const error = await refusalBy(server, { ca, minVersion: 'TLSv1.3' });
    expect(error).toMatchObject({ code: 'PLR_TLS', phase: 'tls', reason: 'other' });
    expect(error.message).toContain('protocol version');
  });

  it('that the peer does not answer ends with connectTimeoutMs, by name', async () => {
    await using silent = await rawServer(() => {});
    const pool = new Pool(`https://127.0.0.1:${portOf(silent)}`, { tls: { ca }, connectTimeoutMs: 50 });
    const error = await errorOf(textOf(pool));
    expect(error).toMatchObject({ code: 'PLR_CONNECT_TIMEOUT', phase: 'tls', retrySafe: true });
    await pool.destroy();
  });

  it.each([
    ['closes', 'end'],
    ['resets', 'resetAndDestroy'],
  ] as const)('that the peer %s is a failed connection, to be tried again', async (_what, cut) => {
    await using server = await rawServer((socket) => {
      socket.once('data', () => socket[cut]());
    });
    const pool = new Pool(`https://127.0.0.1:${portOf(server)}`, { tls: { ca } });
    const error = await errorOf(textOf(pool));
    expect(error).toMatchObject({
      code: 'PLR_CONNECT_FAILED',
      kind: 'connection',
      phase: 'tls',
      errno: 'ECONNRESET',
      reason: undefined,
      retrySafe: true,
    });
    await pool.close();
  });

  it('that fails with an offered session is made in full the next time', async () => {
    const server = await TlsServer.start();
    const { port, origin } = server;
    const pool = new Pool(origin, { tls: { ca } });
    const { body } = await pool.request({ path: '/', headers: { connection: 'close' } });
    await body.text();
    await server[Symbol.asyncDispose]();

    const helloBytes: number[] = [];
    await using successor = await rawServer((socket) => {
      socket.once('data', (hello) => {
        helloBytes.push(hello.length);
        socket.destroy();
      });
    }, port);
    expect(portOf(successor)).toBe(port);
    for (let i = 0; i < 3; i += 1) expect((await errorOf(textOf(pool))).phase).toBe('tls');
    const [withSession = 0, withoutIt = 0, again] = helloBytes;
    expect(withSession).toBeGreaterThan(withoutIt);
    expect(again).toBe(withoutIt);
    await pool.close();
  });

  it('with a server that speaks plain HTTP fails as TLS', async () => {
    await using server = await rawServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
    });
    const pool = new Pool(`https://127.0.0.1:${portOf(server)}`, { tls: { ca } });
    expect(await errorOf(textOf(pool))).toMatchObject({ code: 'PLR_TLS', reason: 'other' });
    await pool.close();
  });

  it('is not begun where the address is not allowed', async () => {
    await using server = await TlsServer.start();
    for (const origin of [server.origin, `https://localhost:${server.port}`]) {
      const pool = new Pool(origin, { tls: { ca } }, { allowAddress: () => false });
      const error = await errorOf(textOf(pool));
      expect(error).toMatchObject({ code: 'PLR_ADDRESS_DENIED', phase: 'connect' });
      await pool.close();
    }
    expect(server.sockets).toEqual([]);
  });
});

describe('a client over TLS', () => {
  it('says how long name and handshake took, in the record of the attempt that waited for them', async () => {
    await using server = await TlsServer.start();
    const origin = `https://localhost:${server.port}`;
    const records: RequestRecord[] = [];
    const stop = channels.request.subscribe((record) => {
      if (record.origin === origin) records.push(record);
    });
    const client = new Client({ pool: { tls: { ca } } });
    for (let i = 0; i < 2; i += 1) {
      const { body } = await client.request(`${origin}/`, { awaitBody: true });
      expect(await body.text()).toBe('GET /');
    }
    stop();
    const [first, second] = records.map(({ attempts }) => attempts[0]);
    expect(first?.tlsMs).toBeGreaterThan(0);
    expect(first?.dnsMs).toBeGreaterThan(0);
    const { dialledAtMs = 0, connectedAtMs = 0, dnsMs = 0, tlsMs = 0 } = first ?? {};
    expect(dnsMs + tlsMs).toBeLessThanOrEqual(connectedAtMs - dialledAtMs);
    expect([second?.dnsMs, second?.tlsMs]).toEqual([0, 0]);
    await client.close();
  });

  it('does not send again what a bad certificate refused', async () => {
    await using server = await TlsServer.start({ cert: tlsFixture('expired.pem') });
    const client = new Client({ pool: { tls: { ca } } });
    const error = await errorOf(client.request(server.origin));
    expect(error).toMatchObject({ code: 'PLR_TLS', reason: 'expired', attempt: 1 });
    expect(client.stats()).toMatchObject({ requests: 1, failed: 1, retries: 0 });
    await client.close();
  });

  it('refuses bad options when it is made, and never repeats a secret', () => {
    const make = (): Client =>
      new Client({
        pool: { tls: { key: tlsFixture('client-encrypted.key'), cert: ca, passphrase: 'hunter2' } },
      });
    expect(make).toThrow(
      'tls.key must be a private key in PEM, which tls.passphrase opens if it is encrypted, got something else',
    );
  });
});

describe('TLS over a UNIX socket', () => {
  it('wants the name of the origin in the certificate', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pooler-'));
    const socketPath = join(folder, 'tls.sock');
    await using server = new TlsServer();
    await server.listen({ path: socketPath });
    const pool = new Pool('https://localhost', { socketPath, tls: { ca } });
    expect(await textOf(pool)).toBe('GET /');
    expect(await textOf(pool)).toBe('GET /');
    expect(pool.stats().opened).toBe(1);
    await pool.close();
    const foreign = new Pool('https://example.test', { socketPath, tls: { ca } });
    expect(await errorOf(textOf(foreign))).toMatchObject({ code: 'PLR_TLS', reason: 'wrong-host' });
    await foreign.close();
    await rm(folder, { recursive: true });
  });
});
