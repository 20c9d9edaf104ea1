import { expect, it } from 'vitest';
import { channels } from '#libs/records';
import { literalsOf, membersOf, variantsOf } from './declared.ts';
import { fieldTable } from './field-table.ts';
import { code, table } from './markdown.ts';

const RECORDS = 'libs/records/src/records.ts';

/** Whose fields go over each channel. */
const RECORD_OF = {
  request: 'RequestRecord',
  connection: 'ConnectionRecord',
  probe: 'ProbeRecord',
  breaker: 'BreakerRecord',
  address: 'AddressRecord',
  fault: 'FaultRecord',
  leak: 'LeakRecord',
} as const satisfies Record<keyof typeof channels, string>;

function meanings(file: string, alias: string): string {
  return table(
    [alias === 'CloseReason' ? 'reason' : 'cause', 'meaning'],
    literalsOf(file, alias).map(({ text, doc }) => [code(text), doc || '–']),
  );
}

it('has every channel, with every field of what goes over it', async () => {
  const published = membersOf('libs/records/src/channels.ts', 'channels');
  const types: Readonly<Record<string, string>> = RECORD_OF;
  const overview = published.map(({ name, doc }) => [code(`pooler:${name}`), doc, code(types[name] ?? '')]);
  expect(overview.map(([name]) => name)).toEqual(Object.values(channels).map(({ name }) => code(name)));
  const [opened, closed] = variantsOf(RECORDS, 'ConnectionRecord');
  const page = `# Channels

Pooler tells what happens on channels of \`node:diagnostics_channel\`, in the process and at the moment where it happens. A
record is made only where somebody listens. Listeners run inside the client: be brief, and do not throw.

\`\`\`ts
import { subscribe } from 'node:diagnostics_channel';
import { Client } from 'pooler';

subscribe('pooler:request', (record: any) => {
  const [attempt] = record.attempts;
  console.log(record.method, record.path, record.statusCode, 'reused:', attempt.connection.reused, attempt.probe);
});
subscribe('pooler:connection', ({ event, connectionId, reason }: any) => console.log(event, connectionId, reason ?? ''));

const client = new Client();
for (let n = 0; n < 2; n++) {
  const response = await client.request('http://127.0.0.1:8080/health');
  await response.body.text();
}
await client.close();
\`\`\`

\`\`\`text
opened 1 
GET /health 200 reused: false alive
GET /health 200 reused: true alive
closed 1 pool-closed
\`\`\`

${table(['channel', 'records', 'type'], overview)}

Times in \`…AtMs\` are milliseconds of the client's monotonic clock (\`performance.now()\`): compare them with each other.
\`http.client.request.duration\` and the other [metrics](metrics.md) are made of these records, and so are spans. The types are
in \`libs/records\`.

## \`pooler:request\`: \`RequestRecord\`

${fieldTable(membersOf(RECORDS, 'RequestRecord'))}

Of a request, \`endedAtMs\` − \`startedAtMs\` is all that its caller waited, up to the last byte of the body. Its attempts split
that up: \`waitedMs\` (retry policy and breaker), \`leasedAtMs\` − \`queuedAtMs\` (queue, with \`connectedAtMs\` − \`dialledAtMs\` for
a dial, of which the first \`dnsMs\` are name resolution, the last \`tlsMs\` TLS and the rest connect), \`sentAtMs\` −
\`leasedAtMs\` (sending), \`firstByteAtMs\` − \`sentAtMs\` (waiting; a response may begin before all is sent), \`endedAtMs\` −
\`firstByteAtMs\` (receiving).

### \`AttemptRecord\`, one of \`attempts\`

${fieldTable(membersOf(RECORDS, 'AttemptRecord'))}

### \`ConnectionFacts\`: \`connection\` of an attempt

${fieldTable(membersOf(RECORDS, 'ConnectionFacts'))}

### \`AdmissionFacts\`: \`admission\` of an attempt

${fieldTable(membersOf(RECORDS, 'AdmissionFacts'))}

### \`AttemptError\`: \`error\`

${fieldTable(membersOf(RECORDS, 'AttemptError'))}

\`collateral\` is \`cut\` where a crash of ours reset its connection or refused its dial, \`breaker\` where one refused it that
had opened on injected failures, \`queue\` where an attempt with an injected delay held the connection that it waited for.

### \`RequestTrace\`: \`trace\`

What \`startTrace()\` of the client's \`propagator\` has returned; \`undefined\` without one.

## \`pooler:connection\`: \`ConnectionRecord\`

\`event\` is \`opened\`:

${fieldTable(opened?.members ?? [])}

\`event\` is \`closed\`, also for a dial that never opened:

${fieldTable(closed?.members ?? [])}

${meanings('libs/pool/src/connection-state.ts', 'CloseReason')}

## \`pooler:probe\`: \`ProbeRecord\`

A look at an idle connection is a \`LookRecord\`:

${fieldTable(membersOf(RECORDS, 'LookRecord'))}

A request of the pool's own (its option [\`activeProbe\`](pool.md)) is an \`ActiveProbeRecord\`, when it is over:

${fieldTable(membersOf(RECORDS, 'ActiveProbeRecord'))}

## \`pooler:breaker\`: \`BreakerRecord\`

${fieldTable(membersOf(RECORDS, 'BreakerRecord'))}

${meanings('libs/resilience/src/breaker/breaker-state.ts', 'TransitionCause')}

## \`pooler:address\`: \`AddressRecord\`

${fieldTable(membersOf(RECORDS, 'AddressRecord'))}

${meanings('libs/resilience/src/outliers/address-standing.ts', 'AddressCause')}

## \`pooler:fault\`: \`FaultRecord\`

${fieldTable(membersOf(RECORDS, 'FaultRecord'))}

## \`pooler:leak\`: \`LeakRecord\`

${fieldTable(membersOf(RECORDS, 'LeakRecord'))}
`;
  await expect(page).toMatchFileSnapshot('../../docs/channels.md');
});
