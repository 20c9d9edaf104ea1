import { expect, it } from 'vitest';
import { KEEP_ALIVE_NUMBERS, POOL_NUMBERS, Pool, checkPoolOptions, type NumberOption } from '#libs/pool';
import { membersOf } from './declared.ts';
import { fieldTable, isMethod, methodTable } from './field-table.ts';
import { code, table } from './markdown.ts';
import { nested, optionTable } from './option-table.ts';

const OPTIONS = 'libs/pool/src/options.ts';
const POOL = 'libs/pool/src/pool.ts';

/** For the client and its rooms; a caller has no use for them. */
const INNER = ['prepare', 'begin', 'recall', 'dialProbe', 'onLeaseLimitRaised', 'captureStacks', 'capacity'];

const NUMBERS: Readonly<Record<string, NumberOption>> = POOL_NUMBERS;

function shown(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en') : code(value);
}

it('has every option of a pool with its unit, default, range and source', async () => {
  const rows = Object.entries(NUMBERS).map(([name, { unit, fallback, min, max, meaning, source }]) => [
    code(name),
    meaning,
    unit,
    shown(fallback),
    `${shown(min)} to ${shown(max)}`,
    source,
  ]);
  const keepAliveRows = Object.entries(KEEP_ALIVE_NUMBERS).map(([name, { fallback, min, max }]) => [
    code(name),
    shown(fallback),
    `${shown(min)} to ${shown(max)}${name === 'count' ? '' : ', whole seconds'}`,
  ]);
  const members = membersOf(POOL, 'Pool', INNER);
  const page = `# The pool

The connections to one origin, without retry and breaker: those are the [client](client.md)'s, which has a pool for each origin.

\`\`\`ts
import { Pool } from 'pooler';

const pool = new Pool('http://127.0.0.1:8080', { maxConnections: 8 });
const { statusCode, body } = await pool.request({ path: '/health' });
console.log(statusCode, (await body.bytes()).length > 0);
const { active, idle, pending, max, opened } = pool.stats();
console.log({ active, idle, pending, max, opened });
await pool.close();
\`\`\`

\`\`\`text
200 true
{ active: 0, idle: 1, pending: 0, max: 8, opened: 1 }
\`\`\`

${methodTable(members.filter(isMethod))}

\`origin\` is its scheme, host and port. A request is an object of these:

${fieldTable(membersOf('libs/pool/src/request.ts', 'PoolRequest'))}

What comes back is a [response](response.md), what is thrown a [\`PoolerError\`](errors.md), and what happens inside is told on
the [channels](channels.md) \`pooler:connection\`, \`pooler:probe\` and \`pooler:leak\`; there are no events besides.

## \`stats()\`

${fieldTable([...membersOf('libs/kernel/src/pooler-error.ts', 'PoolCounts'), ...membersOf(POOL, 'PoolStats')])}

## Options

\`new Pool(origin, options)\`, and \`pool\` of a client's options, for each origin. Numbers are whole; anything else is refused
with field, value and range.

${table(['option', 'what it does', 'unit', 'default', 'range', 'source of the default'], rows)}

${optionTable({
  file: OPTIONS,
  owner: 'PoolOptions',
  without: Object.keys(NUMBERS),
  resolve: (name, value) => {
    void new Pool('http://127.0.0.1', { [name]: value });
  },
})}

A connection is closed before its peer would: after what \`Keep-Alive: timeout\` says less a margin, else after
\`idleTimeoutMs\`; after as many requests as \`Keep-Alive: max\` says; and after four fifths of the idle age at which the
peer was twice seen to close, which is forgotten by half in ten minutes. After a jump of time (the machine slept, the clock
was set, the process stood still for 2 s) all idle connections are closed.

A peer that the network no longer reaches ends as \`PLR_PEER_UNREACHABLE\`, and its pool gives up its idle connections. With
sent bytes on their way that takes three retransmission timeouts in a row, over 3 s or more, without any acknowledgement
(read from Linux' TCP_INFO once a second; 3 to 5 s where round trips are short), and \`tcpUserTimeoutMs\` at the latest. A peer
that is silent and owes no acknowledgement is asked by keep-alive: \`keepAlive: { delayMs, intervalMs, count }\`, or \`false\`.
With the defaults that takes 20 s, since \`tcpUserTimeoutMs\` ends it on Linux. \`stats().peerDetection\` says what holds here:
\`tcp-info\` (Linux with koffi), \`keep-alive\`, or \`none\` (a UNIX socket, or keep-alive is off). A Node without
interval and count of keep-alive probes makes ten, a second apart. None of this is a re-send: only the retry policy sends again.

${table(['of `keepAlive`', 'default', 'range'], keepAliveRows)}

To the kernel a black hole and a peer that stands still look alive. With \`activeProbe\` (\`{}\` for its defaults) a connection
that was idle for long is asked with one small request before it is lent. An answer of any status proves it. No answer in
time, a FIN, an RST, what is no HTTP, or an answer after which the peer closes, and it is closed: whoever waited gets the next
idle connection, asked alike, or a dial; after a silence a dial, since all that were idle when it began are closed. A probe is
no attempt and no call for the breaker. It counts for \`Keep-Alive: max\`, and is in the peer's log.

${optionTable({
  file: 'libs/pool/src/active-probe-options.ts',
  owner: 'ActiveProbeOptions',
  prefix: 'activeProbe.',
  resolve: (name, value) => checkPoolOptions(nested(name, value)),
})}

A leaked response is a record of \`pooler:leak\`, the first of a pool also a warning of the process (\`PLR_BODY_LEAK\`); with
\`captureStacks: true\` both say where the request was made.

Open connections keep the process alive, those of \`minIdle\` for good: call \`close()\`.
`;
  await expect(page).toMatchFileSnapshot('../../docs/pool.md');
});

it.each(membersOf(OPTIONS, 'PoolOptions').filter(({ name }) => name in NUMBERS))(
  'the doc comment of $name says the default and the range that it has',
  ({ name, doc }) => {
    const { fallback = 0, min = 0, max = 0 } = NUMBERS[name] ?? {};
    expect(doc).toContain(`Default ${shown(fallback)}, range ${shown(min)} to ${shown(max)}`);
  },
);
