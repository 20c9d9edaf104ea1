import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { parseFaultSpec } from '#libs/faults';
import { PoolerError } from '#libs/kernel';
import { Pool } from '#libs/pool';
import { channels } from '#libs/records';
import { startTarget } from '#libs/target';
import { membersOf, variantsOf } from './declared.ts';

/** What the pages list, against what there is when the program runs. */

const RECORDS = 'libs/records/src/records.ts';
const ERRORS = 'libs/kernel/src/pooler-error.ts';

let target: Awaited<ReturnType<typeof startTarget>>;
beforeAll(async () => {
  target = await startTarget({ port: 0 });
});
afterAll(async () => target.close());

function documented(...owners: ReadonlyArray<readonly [file: string, owner: string]>): string[] {
  return owners.flatMap(([file, owner]) => membersOf(file, owner).map(({ name }) => name)).sort();
}

function fieldsOf(value: unknown): string[] {
  return Object.keys(Object(value)).sort();
}

/** The first record of a channel that `act` leads to. */
async function firstRecord(name: keyof typeof channels, act: () => Promise<unknown>): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const stop = channels[name].subscribe(resolve);
  await act();
  const record = await promise;
  stop();
  return record;
}

async function requestOnce(client: Client, path = '/health'): Promise<void> {
  const response = await client.request(`${target.url}${path}`);
  await response.body.text();
}

it('a record of a request has the fields of its page, and so has all that it holds', async () => {
  await using ends = new AsyncDisposableStack();
  const client = new Client({ faults: { rules: parseFaultSpec('status=503:100%'), seed: 1 }, retry: false });
  ends.defer(async () => client.close());
  const record = Object(await firstRecord('request', async () => requestOnce(client)));
  expect(fieldsOf(record)).toEqual(documented([RECORDS, 'RequestRecord']));
  const [attempt] = record.attempts;
  expect(fieldsOf(attempt)).toEqual(documented([RECORDS, 'AttemptRecord']));
  expect(fieldsOf(attempt.connection)).toEqual(documented([RECORDS, 'ConnectionFacts']));
  expect(fieldsOf(attempt.admission)).toEqual(documented([RECORDS, 'AdmissionFacts']));
  expect(fieldsOf(attempt.fault)).toEqual(['faultId', 'kind']);
});

it('an error in a record has the fields of its page, and the error itself those of its own', async () => {
  const client = new Client({ retry: false });
  let thrown: unknown;
  const record = Object(
    await firstRecord('request', async () => {
      thrown = await client.request('http://127.0.0.1:1/').catch((error: unknown) => error);
    }),
  );
  await client.close();
  expect(fieldsOf(record.error)).toEqual(documented([RECORDS, 'AttemptError']));
  expect(thrown).toBeInstanceOf(PoolerError);
  // A getter is no field of its own.
  expect([...fieldsOf(thrown), 'kind'].sort()).toEqual(documented([ERRORS, 'PoolerError']));
  expect(fieldsOf(Object(thrown).pool)).toEqual(documented([ERRORS, 'PoolCounts']));
});

it('the other channels carry the fields of their page', async () => {
  const client = new Client({ faults: { rules: parseFaultSpec('latency=1ms:100%'), seed: 1 } });
  const [opened, closed] = variantsOf(RECORDS, 'ConnectionRecord');
  const names = (members: readonly { readonly name: string }[] = []): string[] =>
    members.map(({ name }) => name).sort();
  expect(fieldsOf(await firstRecord('connection', async () => requestOnce(client)))).toEqual(
    names(opened?.members),
  );
  expect(fieldsOf(await firstRecord('probe', async () => requestOnce(client)))).toEqual(
    documented([RECORDS, 'LookRecord']),
  );
  expect(fieldsOf(await firstRecord('fault', async () => requestOnce(client)))).toEqual(
    documented([RECORDS, 'FaultRecord']),
  );
  const isolated = await firstRecord('breaker', async () => client.breaker(target.url)?.isolate('a test'));
  expect(fieldsOf(isolated)).toEqual(documented([RECORDS, 'BreakerRecord']));
  expect(fieldsOf(await firstRecord('connection', async () => client.close()))).toEqual(
    names(closed?.members),
  );
});

it('a leak has the fields of its page', async () => {
  const pool = new Pool(target.url, { unreadTimeoutMs: 1 }, { warn() {} });
  const leaked = await firstRecord('leak', async () => pool.request({ path: '/bytes/200000' }));
  expect(fieldsOf(leaked)).toEqual(documented([RECORDS, 'LeakRecord']));
  await pool.close();
});

it('stats() has the counts of its page, of a pool and of a client', async () => {
  const client = new Client();
  await requestOnce(client);
  const stats = client.stats();
  expect(fieldsOf(stats)).toEqual(documented(['libs/client/src/client-stats.ts', 'ClientStats']));
  const origin = stats.origins.get(target.url);
  const ORIGIN = 'libs/client/src/origin.ts';
  expect(fieldsOf(origin)).toEqual(documented([ORIGIN, 'OriginTally'], [ORIGIN, 'OriginStats']));
  expect(fieldsOf(origin?.pool)).toEqual(
    documented([ERRORS, 'PoolCounts'], ['libs/pool/src/pool.ts', 'PoolStats']),
  );
  await client.close();
});
