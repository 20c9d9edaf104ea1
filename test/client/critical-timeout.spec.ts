import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { parseFaultSpec } from '#libs/faults';
import { seededRng } from '#libs/kernel';
import { channels, type RequestRecord } from '#libs/records';

// Far above what a busy loop adds to a wait, so that the order of the means is the draws' and not the machine's.
const BACKOFF = { baseMs: 200, capMs: 2_000 };
const REQUESTS = 40;

let server: Server;
let served = 0;
let url: string;

beforeEach(async () => {
  served = 0;
  server = createServer((_request, response) => {
    served += 1;
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** The waits before attempt 2, 3 and 4 of every request. */
async function waitsUnder(
  spec: string,
  attemptTimeoutMs: number,
): Promise<{ waits: number[][]; records: RequestRecord[] }> {
  const client = new Client(
    {
      attemptTimeoutMs,
      retry: { attempts: 4, backoff: BACKOFF, budget: false },
      breaker: false,
      faults: { rules: parseFaultSpec(spec), seed: 7 },
      pool: { maxConnections: REQUESTS },
    },
    { rng: seededRng(7) },
  );
  const records: RequestRecord[] = [];
  const unsubscribe = channels.request.subscribe((record) => records.push(record));
  await Promise.allSettled(
    Array.from({ length: REQUESTS }, async () => {
      await (await client.request(url, { awaitBody: true })).body.dump();
    }),
  );
  unsubscribe();
  await client.close();
  const waitsOf = (attempt: number): number[] =>
    records.flatMap(({ attempts }) => attempts.filter((a) => a.attempt === attempt).map((a) => a.waitedMs));
  return { waits: [waitsOf(2), waitsOf(3), waitsOf(4)], records };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('a network that swallows requests', () => {
  it('makes every attempt time out, with waits between them that grow and are jittered', async () => {
    const { waits, records } = await waitsUnder('timeout:100%', 25);
    expect(records).toHaveLength(REQUESTS);
    for (const { attempts, error } of records) {
      expect(attempts.map((a) => a.error?.code)).toEqual(
        Array.from({ length: 4 }, () => 'PLR_ATTEMPT_TIMEOUT'),
      );
      expect(error?.errno).toBe('ETIMEDOUT');
    }
    expect(served).toBe(0);
    const means = waits.map(mean);
    console.log(
      `timeout: mean waits before attempts 2 to 4: ${means.map((ms) => ms.toFixed(1)).join(', ')} ms`,
    );
    expect(means).toEqual([...means].sort((a, b) => a - b));
    for (const ofAttempt of waits) {
      expect(ofAttempt).toHaveLength(REQUESTS);
      // Full jitter spreads over the whole range: no two clients in step, some nearly at once.
      expect(new Set(ofAttempt.map((ms) => Math.round(ms))).size).toBeGreaterThan(5);
    }
  });

  it('costs a request nothing but time when the next attempt gets through', async () => {
    const { records } = await waitsUnder('timeout:50%', 400);
    const recovered = records.filter(({ isOk, attempts }) => isOk && attempts.length > 1);
    expect(recovered.length).toBeGreaterThan(0);
    for (const { attempts } of recovered) expect(attempts.at(-1)?.statusCode).toBe(200);
    // A swallowed request never reached the server: it saw exactly the attempts without a fault.
    const unfaulted = records.flatMap(({ attempts }) => attempts.filter(({ fault }) => !fault));
    expect(served).toBe(unfaulted.length);
  });
});
