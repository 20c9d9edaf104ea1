import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, type ClientOptions } from '#libs/client';
import { FAULTS, FAULT_TYPES, FaultPlan, PASS, parseFaultSpec, type FaultType } from '#libs/faults';
import { PoolerError } from '#libs/kernel';
import { channels, type RequestRecord } from '#libs/records';
import { cellOf, type AttributionCell } from '#libs/stats';

const BODY = 'x'.repeat(200);
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

/** The request that is struck, on its first attempt; those before and after it meet nothing. */
const STRUCK_SEQ = 1;

/** How long a crash refuses dials, and how long what is not struck may take: both far above the loop's own lag. */
const OUTAGE_MS = 300;
const LIMIT_MS = 500;

/** What becomes of the struck request where the client may try again, if that is not what mends it. */
const MENDED_OTHERWISE: Partial<Record<FaultType, AttributionCell>> = {
  // A stale connection: the free re-send.
  'dead-as-alive': 'injected/after-resend',
  reset: 'injected/after-resend',
  // Nobody can see that anything is wrong.
  'alive-as-dead': 'injected/first-try',
  'corrupt-body': 'injected/first-try',
  // A wrong byte on one connection says nothing about the next, but the policy does not retry what breaks the protocol.
  'corrupt-head': 'injected/surfaced',
  tls: 'injected/surfaced',
  // Our own limit: waiting again would make the queue longer.
  'checkout-stall': 'injected/fast-failed',
};

let server: Server;
let url: string;
let client: Client;
let records: RequestRecord[];
let ignoreRecords: () => void;

beforeEach(async () => {
  records = [];
  ignoreRecords = channels.request.subscribe((record) => records.push(record));
  server = createServer((socket) => {
    let received = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      received += data.toString('latin1');
      if (!received.endsWith('\r\n\r\n')) return;
      received = '';
      socket.write(ANSWER);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
});

afterEach(async () => {
  ignoreRecords();
  await client.destroy();
  server.close();
  await once(server, 'close');
});

/** A client whose struck request meets this fault; one that takes time takes longer than anything may. */
function clientWith(type: FaultType, options: ClientOptions): Client {
  const magnitude = FAULTS[type].unit === 'ms' && type !== 'crash' ? '=10s' : '';
  const when = type === 'crash' ? `=${OUTAGE_MS}ms@${STRUCK_SEQ}` : ':100%';
  const plan = new FaultPlan(parseFaultSpec(`${type}${magnitude}${when}`), 1);
  client = new Client({
    pool: {
      connectTimeoutMs: LIMIT_MS,
      acquireTimeoutMs: type === 'connect-slow' ? 4 * LIMIT_MS : LIMIT_MS,
    },
    attemptTimeoutMs: 1.5 * LIMIT_MS,
    breaker: false,
    ...options,
    faults: {
      decide: (seq, attempt) => (seq === STRUCK_SEQ && attempt === 1 ? plan.decide(seq, attempt) : PASS),
    },
  });
  return client;
}

/** What three requests in a row came to: a status or an error code. */
async function threeRequests(): Promise<Array<number | string>> {
  const outcomes: Array<number | string> = [];
  for (let sent = 0; sent < 3; sent += 1) {
    try {
      const response = await client.request(url, { awaitBody: true });
      await response.body.dump();
      outcomes.push(response.statusCode);
    } catch (error) {
      outcomes.push(error instanceof PoolerError ? error.code : String(error));
    }
  }
  return outcomes;
}

function struckRecord(): RequestRecord {
  const record = records.find(({ requestSeq }) => requestSeq === STRUCK_SEQ);
  if (!record) throw new Error('the struck request left no record');
  return record;
}

describe('every fault of the client', () => {
  it.each(FAULT_TYPES)('%s is seen as its documented code, and in the record', async (type) => {
    clientWith(type, { retry: false });
    const [before, , after] = await threeRequests();
    const [attempt] = struckRecord().attempts;
    expect(attempt?.fault).toEqual({ faultId: type, kind: type });
    const { code = type === 'status' ? 503 : 200 } = FAULTS[type];
    // A crash comes before the attempt that sets it off, which then finds nobody; who was on the wire sees the reset.
    const expected = type === 'crash' ? 'PLR_CONNECT_REFUSED' : code;
    expect(attempt?.error?.code ?? attempt?.statusCode).toBe(expected);
    expect(before).toBe(200);
    if (type !== 'crash') expect(after).toBe(200);
  });

  it.each(FAULT_TYPES)('%s is recovered from where the client may try again', async (type) => {
    clientWith(type, { retry: { attempts: 100, backoff: { baseMs: 20, capMs: 20 }, budget: false } });
    const [before, struck, after] = await threeRequests();
    expect([before, after]).toEqual([200, 200]);
    const cell = MENDED_OTHERWISE[type] ?? 'injected/after-retry';
    expect(cellOf(struckRecord())).toBe(cell);
    expect(struck === 200).toBe(!/surfaced|failed/.test(cell));
    const { pool } = client.stats();
    expect(pool).toMatchObject({ active: 0, pending: 0, dialing: 0 });
  });
});
