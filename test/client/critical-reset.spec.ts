import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { channels, type ConnectionRecord, type ProbeRecord, type RequestRecord } from '#libs/records';

const SIBLINGS = 4;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

let server: Server;
let url: string;
let onRequest: (socket: Socket) => void;
const open = new Set<Socket>();

beforeEach(async () => {
  server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.on('data', () => onRequest(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
});

afterEach(() => {
  server.close();
});

/** Opens `SIBLINGS` connections at once: the server answers when all requests have come. */
async function warmUp(client: Client): Promise<void> {
  const waiting: Socket[] = [];
  onRequest = (socket) => {
    waiting.push(socket);
    if (waiting.length === SIBLINGS) for (const each of waiting) each.write(OK);
  };
  await Promise.all(
    Array.from({ length: SIBLINGS }, async () => {
      await (await client.request(url, { awaitBody: true })).body.dump();
    }),
  );
}

describe('a connection that is reset under a request', () => {
  it('is closed and replaced, its siblings are looked at, and the request succeeds', async () => {
    const client = new Client({ pool: { maxConnections: SIBLINGS } });
    await warmUp(client);
    const closed: ConnectionRecord[] = [];
    const probes: ProbeRecord[] = [];
    const requests: RequestRecord[] = [];
    const unsubscribes = [
      channels.connection.subscribe((record) => closed.push(record)),
      channels.probe.subscribe((record) => probes.push(record)),
      channels.request.subscribe((record) => requests.push(record)),
    ];
    let resets = 0;
    onRequest = (socket) => {
      if (resets === 0) {
        resets += 1;
        socket.resetAndDestroy();
      } else socket.write(OK);
    };
    const response = await client.request(url, { awaitBody: true });
    await response.body.dump();
    for (const unsubscribe of unsubscribes) unsubscribe();

    expect(response.statusCode).toBe(200);
    const [request] = requests;
    const victim = request?.attempts[0]?.connection?.id;
    expect(request?.attempts.map(({ kind, error }) => [kind, error?.code])).toEqual([
      ['first', 'PLR_RESET'],
      ['resend', undefined],
    ]);
    expect(closed).toContainEqual(
      expect.objectContaining({ event: 'closed', connectionId: victim, reason: 'peer-reset' }),
    );
    // One look at the victim's own checkout, one at each sibling when it died, one at the checkout of the re-send.
    const looked = new Set(probes.map(({ connectionId }) => connectionId));
    expect(looked.size).toBe(SIBLINGS);
    expect(client.stats().pool).toMatchObject({ active: 0, idle: SIBLINGS - 1 });
    await client.close();
  });

  it('takes its dead siblings out of the pool before the next request meets them', async () => {
    const client = new Client({ pool: { maxConnections: SIBLINGS } });
    await warmUp(client);
    onRequest = () => {
      // The first request after the warm-up kills the server's every connection, as a crash does.
      onRequest = (next) => {
        next.write(OK);
      };
      for (const each of open) each.resetAndDestroy();
    };
    const response = await client.request(url, { awaitBody: true });
    await response.body.dump();
    expect(response.statusCode).toBe(200);
    expect(client.stats()).toMatchObject({ requests: SIBLINGS + 1, failed: 0, pool: { idle: 1 } });
    await client.close();
  });
});
