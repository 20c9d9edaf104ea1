import { describe, expect, it } from 'vitest';
import { DEFAULT_FAULT_SPEC, FAULTS, FAULT_TYPES } from '#libs/faults';
import { ERROR_CODES } from '#libs/kernel';
import { METRICS } from '#libs/telemetry';

/** The reference pages are made of the code. After a change: `npx vitest run test/docs -u`, and read the diff. */

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

describe('the reference', () => {
  it('lists every error code with its kind and meaning', async () => {
    const rows = Object.entries(ERROR_CODES).map(([code, { kind, meaning }]) => [
      `\`${code}\``,
      kind,
      meaning,
    ]);
    const page = `# Error codes

Every failure is a \`PoolerError\` with one of these codes, and with \`phase\`, \`errno\`, \`syscall\`, \`reused\`,
\`requestBytesWritten\`, \`responseBytesRead\`, \`retrySafe\`, \`attempt\`, \`origin\`, \`pool\` (active, idle, pending, max)
and \`cause\`. A code never changes its meaning.

The kind says whose doing it is: \`connection\` and \`timeout\` count against the peer and are retried, \`protocol\` counts
against the peer and is not retried, \`local\` (our own limit) and \`caller\` say nothing about the peer.

${table(['code', 'kind', 'meaning'], rows)}
`;
    await expect(page).toMatchFileSnapshot('../../docs/errors.md');
  });

  it('lists every metric with its kind, unit and attributes', async () => {
    const rows = Object.entries(METRICS).map(([name, { kind, unit, description, attributes }]) => {
      const shown = attributes.map((attribute) => `\`${attribute}\``).join(', ');
      return [`\`${name}\``, kind, unit, description, shown || '–'];
    });
    const page = `# Metrics

Over OTLP when an \`OTEL_EXPORTER_OTLP_*ENDPOINT\` is set, and on \`/metrics\`. \`http.client.request.duration\` is
OpenTelemetry's own, stable; the others are Pooler's.

${table(['name', 'kind', 'unit', 'what it counts', 'attributes'], rows)}
`;
    await expect(page).toMatchFileSnapshot('../../docs/metrics.md');
  });

  it('lists every fault with its unit, range and defaults', async () => {
    const rows = FAULT_TYPES.map((type) => {
      const { summary, unit, allowed, defaultMagnitude, defaultWhen } = FAULTS[type];
      const cells = [unit, allowed, defaultMagnitude, defaultWhen].map((cell) => cell || '–');
      return [`\`${type}\``, summary, ...cells];
    });
    const page = `# Faults

\`--failures SPEC\` and \`parseFaultSpec\` take a comma list of \`type[=magnitude][:percent]\`; \`crash\` takes
\`@first/every\` instead of a percent. \`on\` is \`${DEFAULT_FAULT_SPEC}\`.

A verdict depends on the seed, the scenario, the fault, the number of the request (from 0) and the attempt, and on
nothing else: the same seed gives the same faults. The first fault that strikes wins; those with \`@\` are asked first.
The digest of a run is the SHA-256 of the verdicts on the first attempts, in the order of the requests.

${table(['type', 'what happens', 'unit', 'magnitude', 'default magnitude', 'default chance'], rows)}

## In a campaign

A fault of a campaign has the same types and magnitudes; what it strikes is said by fields of its own:

- \`where: client\`: of the requests in its window it strikes each attempt with \`probability\` (default 1), or the first attempt
  of every \`every\`-th request. The window is a time of the run (\`start\`, \`duration\`) or exact by number (\`fromRequest\`,
  \`requests\`). An open scenario's requests belong to the window of their intended start, a closed one's to that of their
  real start. Faults are asked in the order of the document. Those of baseline and recovery meet none.
- \`where: client\` with \`type: crash\`: strikes by \`fromRequest\` and \`every\`. It is the client's connections that are cut: each
  scenario has a client of its own, in each segment of the run.
- \`where: target\` with \`type: crash\`: the supervisor of the target kills it at \`start\` and starts it again after \`duration\`,
  which is 60 s at most. The fault counts as removed when the supervisor says that the target is up.

The digest of a run is that of the digests of its scenarios, so that the plan can announce it.
`;
    await expect(page).toMatchFileSnapshot('../../docs/faults.md');
  });
});
