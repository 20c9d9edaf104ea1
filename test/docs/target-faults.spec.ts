import { expect, it } from 'vitest';

import { TARGET_FAULTS, type TargetFaultType } from '#libs/target';

it('lists every fault of the target with its magnitude and what a client sees of it', async () => {
  const faults: ReadonlyArray<[string, TargetFaultType]> = Object.entries(TARGET_FAULTS);
  const rows = faults.map(
    ([type, { summary, magnitude, seenAs }]) =>
      `| \`${type}\` | ${summary} | ${magnitude.allowed} | ${magnitude.fallback || '–'} | ${seenAs} |`,
  );
  const page = `# Faults of the target

A supervised target (\`./pooler target --supervise --control-port 8081\`) has faults while it serves, as its control server is
told:

\`\`\`sh
curl -X POST 'http://127.0.0.1:8081/faults?type=latency&magnitude=50ms&probability=0.1&ttl=10s'
curl -X POST 'http://127.0.0.1:8081/faults?type=crash&every=1000&ttl=1m'     # a restart after each 1,000 requests
curl http://127.0.0.1:8081/faults                                            # which there are
curl -X DELETE 'http://127.0.0.1:8081/faults?id=latency'                     # one; without id all of them
\`\`\`

- \`ttl\`, from 1ms to 1h, must be given: the fault ends by itself then, whatever becomes of whoever installed it.
  With an \`id\` of your own it takes the place of the one that has it: so its life is renewed.
- It strikes each request with \`probability\` (default 1), or \`every\` k-th, or the \`first\` so many and then none; of these
  only requests with \`method\` and \`path\` (without its query), where given. The first fault that strikes wins, in the order of
  their installation. \`--seed\` makes the draws repeatable.
- An answer (201, or 200 of a DELETE) says that the target has confirmed it; 504 that it has not within 12 s. A target that is
  being restarted has its faults from its first request on, with new counts. There may be 32 at once (409).
- The rules of \`/crash\` hold here too: on loopback no foreign Host or Origin, and the token where there is one.

| type | what happens | magnitude | default | seen as |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../docs/target-faults.md');
});
