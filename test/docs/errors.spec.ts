import { expect, it } from 'vitest';
import { ERROR_CODES } from '#libs/kernel';
import { literalsOf, membersOf } from './declared.ts';
import { fieldTable } from './field-table.ts';
import { code, codes, table } from './markdown.ts';

const ERRORS = 'libs/kernel/src/pooler-error.ts';

it('has every field of an error and every code with its kind and meaning', async () => {
  const rows = Object.entries(ERROR_CODES).map(([name, { kind, meaning }]) => [code(name), kind, meaning]);
  const phases = literalsOf(ERRORS, 'Phase').map(({ text }) => text);
  const page = `# Errors

Every failure is a \`PoolerError\`. Its \`message\` is a sentence for people and may change, its \`code\` is for machines and never
changes its meaning.

\`\`\`ts
import { Client, PoolerError } from 'pooler';

const client = new Client({ retry: false });
try {
  await client.request('http://127.0.0.1:1/');
} catch (error) {
  if (!(error instanceof PoolerError)) throw error;
  console.log(error.code, error.kind, error.phase, error.errno, error.retrySafe, error.pool);
}
await client.close();
\`\`\`

\`\`\`text
PLR_CONNECT_REFUSED connection connect ECONNREFUSED true { active: 0, idle: 0, pending: 0, max: 32 }
\`\`\`

${fieldTable(membersOf(ERRORS, 'PoolerError'))}

\`cause\` is what was below: the system's error, the signal's reason, what the source of a body threw. Phases are ${codes(phases)}.

The kind says whose doing it is: \`connection\` and \`timeout\` count against the peer and are retried, \`protocol\` counts
against the peer and is not retried, \`local\` (our own limit) and \`caller\` say nothing about the peer.

${table(['code', 'kind', 'meaning'], rows)}

## \`PoolCounts\`: \`pool\`

${fieldTable(membersOf(ERRORS, 'PoolCounts'))}
`;
  await expect(page).toMatchFileSnapshot('../../docs/errors.md');
});
