import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '#libs/client';
import type { FaultRule } from '#libs/faults';
import { channels, type RequestRecord } from '#libs/records';
import { cellOf } from '#libs/stats';

/** Two rounds of twenty requests, of which the second ten are a POST, which is not sent twice. */
const ROUND = 20;
const REQUESTS = 2 * ROUND;

/** Each strikes the first attempt of one request in ten. */
const RULES: FaultRule[] = [
  { id: 'cut', type: 'reset', magnitude: null, when: { kind: 'count', first: 0, every: 10 } },
  {
    id: 'busy',
    type: 'status',
    magnitude: { statusCode: 503 },
    when: { kind: 'count', first: 3, every: 10 },
  },
  { id: 'half', type: 'truncate', magnitude: null, when: { kind: 'count', first: 5, every: 10 } },
  {
    id: 'slow',
    type: 'latency',
    magnitude: { meanMs: 1, jitterMs: 0 },
    when: { kind: 'count', first: 7, every: 10 },
  },
];

let server: Server;
let url: string;

/** A peer with troubles of its own: requests 2 and 12 of a round meet a 503 once, 9 and 19 a 500. */
beforeAll(async () => {
  const met = new Set<string>();
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://peer');
    const seq = Number(pathname.slice(1));
    const isFirst = !met.has(pathname);
    met.add(pathname);
    if (seq % 10 === 9) response.statusCode = 500;
    if (seq % 10 === 2 && isFirst) response.statusCode = 503;
    request.resume().on('end', () => response.end('twenty bytes of text'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});

afterAll(async () => {
  server.close();
  await once(server, 'close');
});

it('puts every request in one cell: masked apart from surfaced, and what the peer did is not the faults', async () => {
  const client = new Client({
    retry: { attempts: 3, backoff: { baseMs: 1, capMs: 1 }, budget: false },
    breaker: false,
    faults: { rules: RULES, seed: 1 },
  });
  const records: RequestRecord[] = [];
  const unsubscribe = channels.request.subscribe((record) => records.push(record));
  for (let seq = 0; seq < REQUESTS; seq += 1) {
    const method = seq % ROUND < 10 ? 'GET' : 'POST';
    const answer = client.request(`${url}/${seq}`, { method, awaitBody: true });
    await answer.then(
      ({ body }) => body.dump(),
      () => {},
    );
  }
  unsubscribe();
  await client.close();

  const requestsByCell = new Map<string, number[]>();
  for (const record of records) {
    const cell = cellOf(record);
    requestsByCell.set(cell, [...(requestsByCell.get(cell) ?? []), record.requestSeq]);
  }
  const inBothRounds = (...seqs: number[]): number[] => [...seqs, ...seqs.map((seq) => seq + ROUND)];
  expect(Object.fromEntries(requestsByCell)).toEqual({
    // A fresh connection was reset at first, one that had served before in the second round: that one is re-sent.
    'injected/after-retry': [0, ...inBothRounds(3, 5)],
    'injected/after-resend': [ROUND],
    'injected/first-try': inBothRounds(7, 17),
    'injected/surfaced': inBothRounds(10, 13, 15),
    'organic/after-retry': inBothRounds(2),
    'organic/surfaced': inBothRounds(9, 12, 19),
    'none/first-try': inBothRounds(1, 4, 6, 8, 11, 14, 16, 18),
  });
  expect([...requestsByCell.values()].flat()).toHaveLength(REQUESTS);
});
