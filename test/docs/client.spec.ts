import { expect, it } from 'vitest';
import { Client } from '#libs/client';
import { membersOf, numberOf } from './declared.ts';
import { fieldTable, isMethod, methodTable } from './field-table.ts';
import { optionTable } from './option-table.ts';

const ROOM = 'libs/client/src';

it('has every option, method and count of a client', async () => {
  const client = membersOf(`${ROOM}/client.ts`, 'Client');
  const degraded = `${numberOf(`${ROOM}/health.ts`, 'DEGRADED_RATE') * 100} %`;
  const enough = numberOf(`${ROOM}/health.ts`, 'DEGRADED_MIN_CALLS');
  const page = `# The client

A pool and a breaker for each origin, retries with one budget for all of them, one record for each request.

\`\`\`ts
import { Client } from 'pooler';

const client = new Client({ pool: { maxConnections: 32 }, retry: { attempts: 3 }, deadlineMs: 10_000 });
const response = await client.request('http://127.0.0.1:8080/health', { headers: { accept: 'application/json' } });
console.log(response.statusCode, await response.body.json());

const { requests, ok, failed, retries, pool } = client.stats();
console.log({ requests, ok, failed, retries, pool });
console.log(client.health().get('http://127.0.0.1:8080'));
await client.close();
\`\`\`

\`\`\`text
200 { status: 'ok' }
{
  requests: 1,
  ok: 1,
  failed: 0,
  retries: 0,
  pool: { active: 0, idle: 1, pending: 0, dialing: 0 }
}
{ status: 'ok' }
\`\`\`

## Options

\`new Client(options)\`. An option that does not exist is refused, and so is a value out of its range, with field, value and range.

${optionTable({
  file: `${ROOM}/options.ts`,
  owner: 'ClientOptions',
  resolve: (name, value) => {
    void new Client({ [name]: value });
  },
})}

A second argument, \`new Client(options, seams)\`, takes what it needs of the world instead of the real one:

${fieldTable(membersOf(`${ROOM}/options.ts`, 'ClientSeams'))}

## Members

${methodTable(client.filter(isMethod))}

## Options of a request

\`client.request(url, options)\`; without options a GET. The URL is \`http:\` or \`https:\`, without user and password.

${optionTable({ file: `${ROOM}/request-options.ts`, owner: 'RequestOptions' })}

What comes back is a [response](response.md), whatever its status. What is thrown is a [\`PoolerError\`](errors.md).

## \`stats()\`

${fieldTable(membersOf(`${ROOM}/client-stats.ts`, 'ClientStats'))}

Of each origin:

${fieldTable([...membersOf(`${ROOM}/origin.ts`, 'OriginTally'), ...membersOf(`${ROOM}/origin.ts`, 'OriginStats')])}

A request counts when the last byte of its body has come, or when it has failed: until then it is in none of the numbers.

## \`health()\`

By the origin's name, \`{ status }\`, and \`{ status, reason }\` where it is not \`ok\`. Nobody is asked: it says what the requests
so far have shown. Without breakers it is always \`ok\`.

| status | when | reason |
| --- | --- | --- |
| \`ok\` | the breaker is closed, and fewer than ${degraded} of the calls in its window failed, or fewer than ${enough} were made | |
| \`degraded\` | it is closed, and ${degraded} or more of at least ${enough} calls failed | \`3 of the last 20 calls failed\` |
| \`degraded\` | it is half-open | \`the breaker is half-open: trial calls decide\` |
| \`down\` | it is open | \`the breaker is open: too many calls failed\`, or \`it could not be connected to\` |
| \`down\` | a hand has taken it out | \`isolated by hand: \` and what the hand said |

## The handle of a breaker

\`client.breaker(url)\`:

\`\`\`ts
import { Client } from 'pooler';

const client = new Client();
const breaker = client.breaker('http://127.0.0.1:8080');
breaker?.isolate('maintenance');
console.log(breaker?.state, client.health().get('http://127.0.0.1:8080'));
breaker?.deIsolate();
console.log(breaker?.state, breaker?.window, breaker?.lostPermits);
await client.close();
\`\`\`

\`\`\`text
{ kind: 'isolated', reason: 'maintenance' } { status: 'down', reason: 'isolated by hand: maintenance' }
{ kind: 'closed' } { calls: 0, failures: 0, slow: 0 } 0
\`\`\`

${methodTable(membersOf(`${ROOM}/breaker-handle.ts`, 'BreakerHandle'))}

\`window\` has these counts, by which the breaker opens ([resilience.md](resilience.md)):

${fieldTable(membersOf('libs/resilience/src/breaker/breaker-state.ts', 'BreakerWindow'))}

## Shutdown

\`close()\` takes no more requests (\`PLR_POOL_CLOSED\`), lets those under way come to their end, retries and bodies included,
and closes every connection. A body of more than 64 KiB that nobody reads holds it up until \`unreadTimeoutMs\`. \`destroy()\` cuts that short:

\`\`\`ts
import { Client } from 'pooler';

const client = new Client();
const response = await client.request('http://127.0.0.1:8080/health');
const closed = client.close();
await client.request('http://127.0.0.1:8080/health').catch((error) => console.log(error.code));
console.log(response.statusCode, (await response.body.text()).length > 0);

const timer = setTimeout(() => client.destroy(new Error('10 s are over')), 10_000);
await closed;
clearTimeout(timer);
\`\`\`

\`\`\`text
PLR_POOL_CLOSED
200 true
\`\`\`

Open connections keep the process alive: call one of the two.
`;
  await expect(page).toMatchFileSnapshot('../../docs/client.md');
});
