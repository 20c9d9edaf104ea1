import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, type ClientOptions } from '#libs/client';
import { PoolerError } from '#libs/kernel';
import { FAULTS, parseFaultSpec, type FaultRule } from '#libs/faults';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n';
const BODY = 'x'.repeat(200);

/** What the server saw of one connection. */
interface Seen {
  received: string;
  /** `FIN` or the system's name of the failure. */
  readonly ending: Promise<string>;
}

let server: Server;
let url: string;
let seen: Seen[];
let client: Client;

beforeEach(async () => {
  seen = [];
  server = createServer((socket) => {
    const each: Seen = { received: '', ending: endingOf(socket) };
    seen.push(each);
    socket.on('data', (data) => {
      each.received += data.toString('latin1');
      if (each.received.endsWith('\r\n\r\n')) socket.write(ANSWER + BODY);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
});

afterEach(async () => {
  await client.destroy();
  server.close();
  await once(server, 'close');
});

async function endingOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('end', () => resolve('FIN'));
    socket.on('error', (error) => resolve(String(Reflect.get(error, 'code'))));
  });
}

function clientWith(rules: FaultRule[], options: ClientOptions = {}): Client {
  client = new Client({ retry: false, ...options, faults: { rules, seed: 1 } });
  return client;
}

/** Each fault strikes every attempt, but for `crash`, which strikes the second request. */
function rulesOf(type: keyof typeof FAULTS, magnitude = ''): FaultRule[] {
  return parseFaultSpec(`${type}${magnitude}${type === 'crash' ? '@1' : ':100%'}`);
}

async function failureOf(doing: Promise<unknown>): Promise<PoolerError> {
  const error: unknown = await doing.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof PoolerError) return error;
  throw new Error('it did not fail as a PoolerError');
}

/** What the server saw of connection number `index`, from 0. */
function connection(index: number): Seen {
  const each = seen[index];
  if (!each) throw new Error(`the server saw only ${seen.length} connections`);
  return each;
}

describe('a fault at the wire', () => {
  it('reset: the server sees the request and then ECONNRESET', async () => {
    await expect(clientWith(rulesOf('reset')).request(url)).rejects.toMatchObject({ code: 'PLR_RESET' });
    expect(await connection(0).ending).toBe('ECONNRESET');
    expect(seen).toHaveLength(1);
  });

  it('drop: the server sees the request and then the end', async () => {
    const response = await clientWith(rulesOf('drop')).request(url);
    await expect(response.body.text()).rejects.toMatchObject({ code: 'PLR_CLOSED_BY_PEER' });
    expect(await connection(0).ending).toBe('FIN');
    expect(connection(0).received).toContain('GET / HTTP/1.1');
  });

  it('timeout: the server sees no byte of the request, and the connection is cut afterwards', async () => {
    const request = clientWith(rulesOf('timeout'), { attemptTimeoutMs: 50 }).request(url);
    await expect(request).rejects.toMatchObject({ code: 'PLR_ATTEMPT_TIMEOUT' });
    expect(await connection(0).ending).toBe('ECONNRESET');
    expect(connection(0).received).toBe('');
  });

  it('latency: the server sees the request as it is, and the answer comes whole', async () => {
    const response = await clientWith(rulesOf('latency', '=20ms')).request(url);
    expect(await response.body.text()).toBe(BODY);
    expect(connection(0).received.match(/GET/g)).toHaveLength(1);
  });

  it('status: the server has answered 200, the caller reads another status over the same body', async () => {
    const response = await clientWith(rulesOf('status', '=418')).request(url);
    expect(response.statusCode).toBe(418);
    expect(await response.body.text()).toBe(BODY);
  });

  it('crash: the server sees its connection reset, and no other before the time is over', async () => {
    const retry = { attempts: 100, backoff: { baseMs: 5, capMs: 5 }, budget: false } as const;
    clientWith(rulesOf('crash', '=50ms'), { retry, breaker: false });
    const before = await client.request(url);
    expect(await before.body.text()).toBe(BODY);
    const struck = await client.request(url);
    expect(await struck.body.text()).toBe(BODY);
    expect(await connection(0).ending).toBe('ECONNRESET');
    expect(seen).toHaveLength(2);
    const { retries, pool } = client.stats();
    expect(retries).toBeGreaterThan(0);
    expect(pool).toEqual({ active: 0, idle: 1, pending: 0, dialing: 0 });
  });

  it.each(['connect-refused', 'dns', 'tls'] as const)(
    '%s: the server sees nothing of the attempt',
    async (type) => {
      const request = clientWith(rulesOf(type)).request(url);
      await expect(request).rejects.toMatchObject({ code: FAULTS[type].code, requestBytesWritten: 0 });
      expect(seen).toHaveLength(0);
    },
  );

  it.each(['connect-slow', 'checkout-stall'] as const)(
    '%s: the server sees the request on a connection of its own, which serves nothing else',
    async (type) => {
      clientWith(rulesOf(type, '=20ms'));
      const answers = [await client.request(url), await client.request(url)];
      for (const answer of answers) expect(await answer.body.text()).toBe(BODY);
      expect(seen.map(({ received }) => received.match(/GET/g)?.length)).toEqual([1, 1]);
      expect(await Promise.all(seen.map(async ({ ending }) => ending))).toEqual(['FIN', 'FIN']);
    },
  );

  it('dead-as-alive: the server sees a reset and no byte of the request', async () => {
    const request = clientWith(rulesOf('dead-as-alive')).request(url);
    await expect(request).rejects.toMatchObject({ code: 'PLR_RESET', requestBytesWritten: 0 });
    expect(await connection(0).ending).toBe('ECONNRESET');
    expect(connection(0).received).toBe('');
  });

  it('alive-as-dead: the server sees a good connection end and the request on another', async () => {
    clientWith(rulesOf('alive-as-dead'));
    for (let sent = 0; sent < 2; sent += 1) {
      const answer = await client.request(url);
      expect(await answer.body.text()).toBe(BODY);
    }
    expect(seen.map(({ received }) => received.match(/GET/g)?.length)).toEqual([1, 1]);
    expect(await connection(0).ending).toBe('FIN');
  });

  it('write-stall: the server sees the request in two parts, and answers when it has both', async () => {
    const response = await clientWith(rulesOf('write-stall', '=20ms')).request(url);
    expect(await response.body.text()).toBe(BODY);
    expect(connection(0).received.match(/GET/g)).toHaveLength(1);
  });

  it.each(['reset-head', 'reset-body'] as const)(
    '%s: the server has answered and sees ECONNRESET',
    async (type) => {
      const request = clientWith(rulesOf(type)).request(url, { awaitBody: true });
      const { responseBytesRead } = await failureOf(request);
      if (type === 'reset-head') expect(responseBytesRead).toBeLessThan(ANSWER.length);
      else expect(responseBytesRead).toBe(ANSWER.length);
      expect(await connection(0).ending).toBe('ECONNRESET');
    },
  );

  it('truncate: half of the body comes, and then the end', async () => {
    const response = await clientWith(rulesOf('truncate')).request(url);
    const { code, responseBytesRead } = await failureOf(response.body.text());
    expect([code, responseBytesRead]).toEqual(['PLR_CLOSED_BY_PEER', ANSWER.length + BODY.length / 2]);
  });

  it('slow-read: the answer comes whole', async () => {
    const response = await clientWith(rulesOf('slow-read', '=20ms')).request(url);
    expect(await response.body.text()).toBe(BODY);
  });

  it('corrupt-head: no HTTP, and the connection is not used again', async () => {
    const { code } = await failureOf(clientWith(rulesOf('corrupt-head')).request(url));
    expect(code).toBe('PLR_PROTOCOL');
    expect(await connection(0).ending).toBe('ECONNRESET');
  });

  it('corrupt-body: one bit of the body is another, and nobody can see it', async () => {
    const response = await clientWith(rulesOf('corrupt-body')).request(url);
    expect(await response.body.text()).toBe(`y${BODY.slice(1)}`);
  });

  it('drawn for a connection strikes whatever that carries, and nothing else', async () => {
    clientWith(parseFaultSpec('status=418@1/2;scope=connection'), { pool: { maxConnections: 2 } });
    const statuses: number[] = [];
    const send = async (): Promise<void> => {
      const answer = await client.request(url);
      await answer.body.dump();
      statuses.push(answer.statusCode);
    };
    for (let round = 0; round < 3; round += 1) await Promise.all([send(), send()]);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 200, 418, 418, 418]);
    expect(seen).toHaveLength(2);
  });

  it('that looks at POST leaves a GET alone', async () => {
    clientWith(parseFaultSpec('status=418:100%;method=POST;path=/orders'));
    const statusOf = async (path: string, method: string): Promise<number> => {
      const answer = await client.request(new URL(path, url), { method });
      await answer.body.dump();
      return answer.statusCode;
    };
    expect(await statusOf('/orders/7', 'POST')).toBe(418);
    expect(await statusOf('/orders/7', 'GET')).toBe(200);
    expect(await statusOf('/', 'POST')).toBe(200);
  });
});
