import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { FaultPlan, digestOf, parseFaultSpec } from '#libs/faults';
import { channels, type RequestRecord } from '#libs/records';

const REQUESTS = 1_000;
const CONCURRENCY = 20;
const MAX_CONNECTIONS = 16;
const SEED = 42;

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('{"status":"ok"}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
});

afterAll(async () => {
  server.close();
  await once(server, 'close');
});

interface Run {
  readonly client: Client;
  readonly records: RequestRecord[];
  readonly mostConnections: number;
  /** What each call came to: a status or an error code. */
  readonly settled: Array<number | string>;
}

async function run(): Promise<Run> {
  const client = new Client({
    pool: { maxConnections: MAX_CONNECTIONS },
    attemptTimeoutMs: 200,
    deadlineMs: 20_000,
    faults: { rules: parseFaultSpec('on'), seed: SEED },
  });
  const records: RequestRecord[] = [];
  const settled: Array<number | string> = [];
  let mostConnections = 0;
  const unsubscribes = [
    channels.request.subscribe((record) => records.push(record)),
    channels.connection.subscribe(() => {
      const { active, idle, dialing } = client.stats().pool;
      mostConnections = Math.max(mostConnections, active + idle + dialing);
    }),
  ];
  let started = 0;
  const work = async (): Promise<void> => {
    while (started < REQUESTS) {
      started += 1;
      try {
        const response = await client.request(url, { awaitBody: true, waitForPermit: true });
        settled.push(response.statusCode);
        await response.body.dump();
      } catch (error) {
        settled.push(String(Reflect.get(Object(error), 'code')));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  await client.close();
  for (const unsubscribe of unsubscribes) unsubscribe();
  return { client, records, mostConnections, settled };
}

describe('a thousand requests under every fault, twenty at a time', () => {
  it('settle once each, add up, stay within the pool, and meet the same faults whenever they are run', async () => {
    const { client, records, mostConnections, settled } = await run();
    const { requests, ok, failed, retries, circuitOpens, pool } = client.stats();

    expect(settled).toHaveLength(REQUESTS);
    expect(settled.filter((outcome) => typeof outcome === 'string' && !outcome.startsWith('PLR_'))).toEqual(
      [],
    );
    const seqs = records.map(({ requestSeq }) => requestSeq).sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: REQUESTS }, (_, seq) => seq));

    expect({ requests, sum: ok + failed }).toEqual({ requests: REQUESTS, sum: REQUESTS });
    expect(ok).toBe(settled.filter((outcome) => outcome === 200).length);
    expect(ok).toBe(records.filter(({ isOk }) => isOk).length);
    expect(ok).toBeGreaterThan(REQUESTS * 0.9);
    const furtherAttempts = records.reduce((sum, { attempts }) => sum + Math.max(0, attempts.length - 1), 0);
    expect(retries).toBe(furtherAttempts);
    expect(circuitOpens).toBeGreaterThan(0);

    expect(mostConnections).toBeLessThanOrEqual(MAX_CONNECTIONS);
    expect(pool).toEqual({ active: 0, idle: 0, pending: 0, dialing: 0 });
    expect(client.faultDigest()).toBe(digestOf(new FaultPlan(parseFaultSpec('on'), SEED), REQUESTS));
  });
});
