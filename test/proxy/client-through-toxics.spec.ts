import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, type ClientOptions } from '#libs/client';
import { TOXIC_TYPES } from '#libs/proxy';
import { channels, type RequestRecord } from '#libs/records';
import { TestProxies } from './control-client.ts';

const BODY = 'x'.repeat(200);

/** Each toxic strikes the first connection, or request, and none after it: what a client sees of it, under which limits. */
const HASTY: ClientOptions = { pool: { headersTimeoutMs: 200 } };
const CASES: Readonly<Record<string, readonly [object, ClientOptions, string]>> = {
  latency: [{ latency: 60_000 }, HASTY, 'PLR_HEADERS_TIMEOUT'],
  bandwidth: [{ rate: 0 }, HASTY, 'PLR_HEADERS_TIMEOUT'],
  slow_close: [{ delay: 60_000 }, {}, '200'],
  timeout: [{ timeout: 10 }, {}, 'PLR_CLOSED_BY_PEER'],
  reset_peer: [{ timeout: 0 }, {}, 'PLR_RESET'],
  slicer: [{ average_size: 1, size_variation: 0, delay: 1_000_000 }, HASTY, 'PLR_HEADERS_TIMEOUT'],
  limit_data: [{ bytes: 20 }, {}, 'PLR_CLOSED_BY_PEER'],
  noop: [{}, {}, '200'],
  http_latency: [{ latency: 60_000 }, HASTY, 'PLR_HEADERS_TIMEOUT'],
  http_status: [{ status: 503 }, {}, '503'],
  http_reset: [{}, {}, 'PLR_RESET'],
};

let proxies: TestProxies;
let upstream: Server;
let url: string;
let client: Client | undefined;

beforeEach(async () => {
  upstream = createServer((_, response) => response.end(BODY)).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  proxies = await TestProxies.start();
  const address = upstream.address();
  const port = await proxies.proxyTo(typeof address === 'object' && address ? address.port : 0);
  url = `http://127.0.0.1:${port}/`;
});

afterEach(async () => {
  await client?.destroy();
  client = undefined;
  await proxies[Symbol.asyncDispose]();
  upstream.closeAllConnections();
  upstream.close();
});

async function request(options: ClientOptions): Promise<string> {
  client = new Client({ breaker: false, ...options });
  try {
    const { statusCode, body } = await client.request(url, { awaitBody: true });
    await body.dump();
    return String(statusCode);
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'));
  }
}

describe('a fault of the proxy', () => {
  it.each(Object.entries(TOXIC_TYPES))('%s is tried here, and seen as its page says', (type, { seenAs }) => {
    const seen = CASES[type]?.[2] ?? 'nothing';
    const isCodeOfLimit = seen === 'PLR_HEADERS_TIMEOUT' && seenAs.includes('the code of the limit');
    const isAnswer = seen === '200' && seenAs.startsWith('an answer');
    const isStatus = seen === '503' && seenAs === 'the status';
    expect(isCodeOfLimit || isAnswer || isStatus || seenAs.includes(`\`${seen}\``)).toBe(true);
  });

  it.each(Object.entries(CASES))('%s: seen by a client', async (type, [attributes, options, seen]) => {
    await proxies.addToxic({ type, attributes: { ...attributes, first: 1 } });
    expect(await request({ ...options, retry: false })).toBe(seen);
  });

  it.each(Object.entries(CASES))(
    '%s: recovered from, and in the record',
    async (type, [attributes, options, seen]) => {
      const records: RequestRecord[] = [];
      const stop = channels.request.subscribe((record) => records.push(record));
      await proxies.addToxic({ type, attributes: { ...attributes, first: 1 } });
      expect(await request({ ...options, retry: { attempts: 2 } })).toBe('200');
      stop();
      const [struck, ...others] = records[0]?.attempts ?? [];
      expect(struck?.error?.code ?? String(struck?.statusCode)).toBe(seen);
      expect(others).toHaveLength(seen === '200' ? 0 : 1);
      // What the client did not do itself is the world's doing to it.
      expect(struck?.fault).toBeUndefined();
    },
  );

  it('down: refused, until it is up again', async () => {
    await proxies.send('PATCH', '/proxies/web', { enabled: false });
    expect(await request({ retry: false })).toBe('PLR_CONNECT_REFUSED');
    await client?.destroy();
    const answered = request({ retry: { attempts: 100, backoff: { baseMs: 20, capMs: 20 }, budget: false } });
    await proxies.send('PATCH', '/proxies/web', { enabled: true });
    expect(await answered).toBe('200');
  });
});
