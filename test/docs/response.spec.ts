import { expect, it } from 'vitest';
import { POOL_NUMBERS } from '#libs/pool';
import { membersOf, numberOf } from './declared.ts';
import { fieldTable, methodTable } from './field-table.ts';

const ROOM = 'libs/pool/src/response';

/** The exchange speaks to the body by these. */
const INNER = ['push', 'end', 'fail', 'giveUp'];

it('has every field of a response and every way to read its body', async () => {
  const members = membersOf(`${ROOM}/response-body.ts`, 'ResponseBody', INNER);
  const kept = `${numberOf(`${ROOM}/response-body.ts`, 'HIGH_WATER_BYTES') / 1024} KiB`;
  const dumped = `${numberOf(`${ROOM}/response-body.ts`, 'DUMP_LIMIT_BYTES') / 1024} KiB`;
  const whole = `${POOL_NUMBERS.maxBodyBytes.fallback / 2 ** 20} MiB`;
  const unread = `${POOL_NUMBERS.unreadTimeoutMs.fallback / 1_000} s`;
  const page = `# The response

\`client.request\` and \`pool.request\` resolve with it when the final head is there, whatever its status; the body comes after.

${fieldTable(membersOf(`${ROOM}/response.ts`, 'Response'))}

In \`headers\` and \`trailers\` names are lower-case; several lines of one name are joined with \`, \` (RFC 9110 section 5.3), but
\`set-cookie\`, the exception there, is a list. Interim responses (1xx) go to \`onInformational\` of the request.

## Read it or dump it

A connection serves nobody else before the body of its response has arrived. So read each body once, or dump it:

\`\`\`ts
import { Client } from 'pooler';

const client = new Client();
const get = async (path: string) => client.request(\`http://127.0.0.1:8080\${path}\`);

const { body } = await get('/health');
console.log(await body.json());

const missing = await get('/no-such-path');
if (missing.statusCode === 404) await missing.body.dump();

let bytes = 0;
for await (const piece of (await get('/bytes/200000')).body) bytes += piece.length;
console.log(bytes, client.stats().origins.get('http://127.0.0.1:8080')?.pool.opened, 'connection');
await client.close();
\`\`\`

\`\`\`text
{ status: 'ok' }
200000 1 connection
\`\`\`

${methodTable(members)}

- **Backpressure.** Up to ${kept} are kept for a body that nobody has begun to read, or whose reader is slow; then reading from
  the connection stops until somebody asks for more, and TCP holds the peer back. A body of up to ${kept} arrives by itself and
  frees its connection, also unread. \`bodyTimeoutMs\` runs only while the connection is read from.
- **Limits.** Read whole, a body may have \`maxBodyBytes\` (default ${whole}). More is \`PLR_BODY_TOO_LARGE\`, and its connection is
  cut: at once where \`Content-Length\` announces it, else with the first byte too many. In pieces there is no limit.
- **Dump.** \`dump()\` reads on and throws away, and cuts the connection instead where more than ${dumped} are announced or come:
  a new one is cheaper then. Leaving a loop early (\`break\`) or destroying the stream dumps as well.
- **Once.** A second reader gets \`PLR_BODY_MISUSED\`. \`dump()\` may be called at any time, twice as well.
- **Failures.** What ends the body early rejects whoever reads it, with the \`PoolerError\` of what happened: \`PLR_RESET\`,
  \`PLR_CLOSED_BY_PEER\`, \`PLR_BODY_TIMEOUT\`, \`PLR_ABORTED\` (the request's signal holds until the last byte). The client does not
  retry these, since you have the head already; with \`awaitBody\` it does, for bodies of up to ${kept}.
- **Leaks.** A body that holds its connection (more than ${kept}) and that nobody has begun to read for \`unreadTimeoutMs\` (${unread})
  is reported on \`pooler:leak\` and dumped; who comes later gets \`PLR_BODY_MISUSED\`. \`captureStacks\` of the pool says where
  the request was made. A reader that has begun may be as slow as it likes.

\`\`\`ts
import { Pool, PoolerError } from 'pooler';

const pool = new Pool('http://127.0.0.1:8080', { maxBodyBytes: 1_000 });
const codeOf = (error: unknown) => (error instanceof PoolerError ? error.code : 'a bug');

const large = await pool.request({ path: '/bytes/200000' });
await large.body.text().catch((error) => console.log(codeOf(error)));

const twice = await pool.request({ path: '/health' });
await twice.body.text();
await twice.body.text().catch((error) => console.log(codeOf(error)));
await pool.close();
\`\`\`

\`\`\`text
PLR_BODY_TOO_LARGE
PLR_BODY_MISUSED
\`\`\`
`;
  await expect(page).toMatchFileSnapshot('../../docs/response.md');
});
