import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const TRIES = 60;

let server: Server;
let url: string;
let client: Client;
/** How often each request came to the server, by its `x-id`. */
let seen: Map<string, number>;
/** What the server does with a request it has read. */
let answer: (socket: Socket, times: number) => void;

beforeEach(async () => {
  seen = new Map();
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const id = /x-id: (\S+)/.exec(data.toString('latin1'))?.[1] ?? '';
      const times = (seen.get(id) ?? 0) + 1;
      seen.set(id, times);
      answer(socket, times);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
  const backoff = { baseMs: 1, capMs: 1 };
  client = new Client({ retry: { backoff, budget: false }, breaker: false });
});

afterEach(async () => {
  await client.destroy();
  server.close();
  await once(server, 'close');
});

/** Sends requests one after the other, every second on a reused connection; says how many were answered. */
async function sendAll(method: string, headers: Record<string, string> = {}): Promise<number> {
  let answered = 0;
  for (let i = 0; i < TRIES; i += 1) {
    try {
      const fields = { ...headers, 'x-id': `${i}` };
      const response = await client.request(url, { method, body: 'x', headers: fields });
      expect(await response.body.text()).toBe('ok');
      answered += 1;
    } catch (error) {
      expect(error).toMatchObject({ retrySafe: false, attempt: 1 });
    }
  }
  return answered;
}

describe.each<[string, (socket: Socket) => void]>([
  ['resets', (socket) => void socket.resetAndDestroy()],
  ['closes', (socket) => void socket.end()],
])('a server that reads every second request and %s the connection', (_what, kill) => {
  beforeEach(() => {
    let count = 0;
    answer = (socket, times) => {
      count += 1;
      if (count % 2 === 0 && times === 1) kill(socket);
      else socket.write(OK);
    };
  });

  it('sees no POST twice', async () => {
    const answered = await sendAll('POST');
    expect(answered).toBe(TRIES / 2);
    expect([...seen.values()].every((times) => times === 1)).toBe(true);
    expect(seen.size).toBe(TRIES);
  });

  it('sees a POST with an Idempotency-Key again, and every one is answered', async () => {
    const answered = await sendAll('POST', { 'Idempotency-Key': 'k' });
    expect(answered).toBe(TRIES);
    expect([...seen.values()].some((times) => times === 2)).toBe(true);
  });
});

describe('a body that is cut in the middle', () => {
  beforeEach(() => {
    answer = (socket, times) => {
      if (times === 1) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
      else socket.write(OK);
    };
  });

  it('is retried with awaitBody', async () => {
    const response = await client.request(url, { headers: { 'x-id': 'a' }, awaitBody: true });
    expect(await response.body.text()).toBe('ok');
    expect(seen.get('a')).toBe(2);
    expect(client.stats()).toMatchObject({ requests: 1, ok: 1, retries: 1 });
  });

  it('goes to the reader without it', async () => {
    const response = await client.request(url, { headers: { 'x-id': 'a' } });
    await expect(response.body.text()).rejects.toMatchObject({ code: 'PLR_CLOSED_BY_PEER', attempt: 1 });
    expect(seen.get('a')).toBe(1);
    expect(client.stats()).toMatchObject({ requests: 1, ok: 0, failed: 1 });
  });
});
