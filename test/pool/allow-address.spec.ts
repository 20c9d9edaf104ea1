import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { Pool } from '#libs/pool';

let server: Server;
let port: number;
let connections = 0;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  server.on('connection', () => {
    connections += 1;
  });
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});

afterAll(() => {
  server.close();
});

describe('an address that is not allowed', () => {
  it.each(['127.0.0.1', 'localhost'])(
    'is never connected to, be the host an address or a name: %s',
    async (host) => {
      const asked: Array<[string, string]> = [];
      const allowAddress = (ip: string, of: string): boolean => {
        asked.push([ip, of]);
        return false;
      };
      const pool = new Pool(`http://${host}:${port}`, {}, { allowAddress });
      const before = connections;
      await expect(pool.request({ path: '/' })).rejects.toMatchObject({
        code: 'PLR_ADDRESS_DENIED',
        phase: 'connect',
        retrySafe: true,
      });
      expect(connections).toBe(before);
      expect(asked).toContainEqual(['127.0.0.1', host]);
      await pool.close();
    },
  );

  it('is asked about at every dial, so that a name can change its answer and gain nothing', async () => {
    let isAllowed = true;
    const pool = new Pool(
      `http://localhost:${port}`,
      {},
      { allowAddress: (ip) => isAllowed && ip === '127.0.0.1' },
    );
    const send = async (): Promise<number> => {
      const { statusCode, body } = await pool.request({ path: '/', headers: { connection: 'close' } });
      await body.dump();
      return statusCode;
    };
    expect(await send()).toBe(200);
    isAllowed = false;
    await expect(send()).rejects.toMatchObject({ code: 'PLR_ADDRESS_DENIED' });
    await pool.close();
  });

  it('is neither retried nor counted against the peer', async () => {
    const client = new Client({}, { allowAddress: () => false });
    for (let i = 0; i < 10; i += 1) {
      await expect(client.request(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
        code: 'PLR_ADDRESS_DENIED',
        attempt: 1,
      });
    }
    expect(client.stats()).toMatchObject({ requests: 10, failed: 10, retries: 0, circuitOpens: 0 });
    await client.close();
  });
});
