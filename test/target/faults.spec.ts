import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { Client, type ClientOptions } from '#libs/client';
import { channels, type RequestRecord } from '#libs/records';
import type { TargetFaultName } from '#libs/target';

import { ask } from './ask.ts';
import { TargetProcess } from './target-process.ts';

const BODY = '0123456789';

let target: TargetProcess;
let url: string;
let controlUrl: string;
let client: Client;

beforeAll(async () => {
  target = new TargetProcess('--port', '0', '--supervise');
  ({ url } = await target.listening());
  controlUrl = await target.control();
});
afterAll(() => {
  target[Symbol.dispose]();
});
afterEach(async () => {
  await client?.destroy();
  await ask(`${controlUrl}/faults`, { method: 'DELETE' });
});

/** Installs a fault that lives for the test. */
async function install(order: string): Promise<void> {
  const { status, body } = await ask(`${controlUrl}/faults?${order}&ttl=1m`, { method: 'POST' });
  expect(`${status} ${status === 201 ? '' : body.toString()}`).toBe('201 ');
}

/** What one request comes to: status and body, or the code of what ended it. */
async function request(path = '/health', options: ClientOptions = {}): Promise<string> {
  client ??= new Client();
  await client.destroy();
  client = new Client({ retry: false, breaker: false, ...options });
  return again(path);
}

async function again(path = '/health'): Promise<string> {
  try {
    // So that a cut in the body belongs to its attempt, and is retried like any other failure.
    const { statusCode, body } = await client.request(`${url}${path}`, { awaitBody: true });
    return `${statusCode} ${await body.text()}`;
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'));
  }
}

const HEALTHY = '200 {"status":"ok"}';

/** Each fault strikes the first request; a client sees `seen`, and the next request goes well. */
const cases: Readonly<Record<TargetFaultName, readonly [string, ClientOptions, string]>> = {
  latency: ['&magnitude=60s', { pool: { headersTimeoutMs: 100 } }, 'PLR_HEADERS_TIMEOUT'],
  status: ['&magnitude=418', {}, '418 {"status":418}'],
  abort: ['', {}, 'PLR_RESET'],
  'slow-body': ['&magnitude=60s', { pool: { bodyTimeoutMs: 100 } }, 'PLR_BODY_TIMEOUT'],
  'wrong-length': ['', {}, `200 ${BODY}`],
  'early-close': ['', {}, 'PLR_CLOSED_BY_PEER'],
  pause: ['&magnitude=1s', { attemptTimeoutMs: 100 }, 'PLR_ATTEMPT_TIMEOUT'],
  crash: ['', {}, 'PLR_CLOSED_BY_PEER'],
};

describe('a fault of the target', () => {
  it.each(Object.entries(cases))('%s: seen by a client, then over', async (type, [order, options, seen]) => {
    await install(`type=${type}&first=1${order}`);
    expect(await request('/health', options)).toBe(seen);
    // The count of a crash dies with its process, which has the fault again.
    if (type === 'crash') {
      await ask(`${controlUrl}/faults`, { method: 'DELETE' });
      await target.listening();
    }
    expect(await request()).toBe(HEALTHY);
  });

  it.each(Object.entries(cases))(
    '%s: recovered from, and in the record',
    async (type, [order, options, seen]) => {
      const records: RequestRecord[] = [];
      const stop = channels.request.subscribe((record) => records.push(record));
      await install(`type=${type}&first=1${order.replace('418', '503')}`);
      const retry = { attempts: 100, backoff: { baseMs: 20, capMs: 20 }, budget: false } as const;
      // A target that is started again has its faults again; one that is gone for good would leave the request to its deadline.
      const answered = request('/health', { ...options, retry, deadlineMs: 20_000 });
      if (type === 'crash') {
        await target.listening();
        await ask(`${controlUrl}/faults`, { method: 'DELETE' });
      }
      const isMasked = type !== 'wrong-length';
      expect(await answered).toBe(isMasked ? HEALTHY : `200 ${BODY}`);
      stop();
      const [struck, ...others] = records[0]?.attempts ?? [];
      const found = struck?.error?.code ?? String(struck?.statusCode);
      expect(found).toBe(type === 'status' ? '503' : seen.split(' ', 1)[0]);
      expect(others.length > 0).toBe(isMasked);
      expect(struck?.fault).toBeUndefined();
    },
  );

  it('wrong-length: the connection does not serve again', async () => {
    await install('type=wrong-length&first=1');
    expect(await request()).toBe(`200 ${BODY}`);
    expect(await again()).toBe(HEALTHY);
    expect([...client.stats().origins.values()].map(({ pool }) => pool.opened)).toEqual([2]);
  });

  it('slow-body: comes whole where nobody hurries it', async () => {
    await install('type=slow-body&magnitude=50ms');
    expect(await request()).toBe(`200 ${BODY}`);
  });

  it('strikes the path that it is aimed at, whatever the query, and no other', async () => {
    await install('type=status&path=/delay/1');
    expect([await request('/delay/1?x=1'), await again()]).toEqual(['503 {"status":503}', HEALTHY]);
  });

  it('is told, and removed by its name', async () => {
    await install('type=status');
    await install('type=status&magnitude=418&every=2');
    const told = await ask(`${controlUrl}/faults`);
    const { faults }: { faults: Array<{ id: string }> } = JSON.parse(told.body.toString());
    expect(faults.map(({ id }) => id)).toEqual(['status', 'status-2']);
    const removed = await ask(`${controlUrl}/faults?id=status`, { method: 'DELETE' });
    expect(JSON.parse(removed.body.toString())).toEqual({ removed: 1 });
    expect([await request(), await again()]).toEqual([HEALTHY, '418 {"status":418}']);
  });

  it('is refused in one sentence when it cannot be read', async () => {
    const { status, body } = await ask(`${controlUrl}/faults?type=abort`, { method: 'POST' });
    expect(status).toBe(400);
    expect(JSON.parse(body.toString())).toEqual({
      error: 'ttl must be a duration from 1ms to 1h, got ""',
    });
  });

  it('is nothing for a foreign page', async () => {
    const headers = { origin: 'http://example.com' };
    const { status } = await ask(`${controlUrl}/faults?type=abort&ttl=1s`, { method: 'POST', headers });
    expect(status).toBe(403);
  });

  it('knows no other method', async () => {
    const { status, headers } = await ask(`${controlUrl}/faults`, { method: 'PUT' });
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD, POST, DELETE');
  });
});
