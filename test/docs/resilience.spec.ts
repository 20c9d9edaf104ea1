import { expect, it } from 'vitest';
import { resolveBreakerOptions, resolveRetryOptions } from '#libs/resilience';
import { literalsOf } from './declared.ts';
import { codes } from './markdown.ts';
import { nested, optionTable } from './option-table.ts';

const ROOM = 'libs/resilience/src';

it('has every option of retries and breakers, its default and range as the code has them', async () => {
  const resolve = (name: string, value: unknown): unknown => resolveRetryOptions(nested(name, value));
  const causes = literalsOf(`${ROOM}/breaker/breaker-state.ts`, 'TransitionCause').map(({ text }) => text);
  const page = `# Retries and breakers

\`retry\` and \`breaker\` of a client's options; \`false\` turns either off. A request goes through deadline, retry, breaker,
queue and attempt, in this order. The free re-send after a stale connection is none of the policy's: it costs no token and
is no call for the breaker.

## Retries

One budget for all origins of a client: retries of any T seconds are at most the highest cap + \`tokensPerSecond\` × T +
\`tokensPerRequest\` × the requests of that time, where the cap is \`startTokens\` + \`tokensPerRequest\` × the requests per
second over the last ten. A retry that an open breaker refuses gives its token back. What is retried: requests of which
nothing was written, and idempotent ones (by method, by \`idempotent\`, by \`Idempotency-Key\`), never one whose streamed
body was begun. The wait is full jitter: by chance between none and the longest ("Exponential Backoff And Jitter", AWS
Architecture Blog).

${optionTable(
  { file: `${ROOM}/retry-policy.ts`, owner: 'RetryOptions', without: ['backoff', 'budget'], resolve },
  { file: `${ROOM}/backoff.ts`, owner: 'BackoffOptions', prefix: 'backoff.', resolve },
  { file: `${ROOM}/retry-budget.ts`, owner: 'RetryBudgetOptions', prefix: 'budget.', resolve },
)}

\`budget: false\` leaves \`attempts\` as the only bound.

## Breakers

One for each origin. A call is an attempt; transport errors, timeouts, 502, 503 and 504 fail it. Aborts and our own limits
are no calls. By rate it stays open for an interval and half-opens: a peer that answered with errors is tried again
after about as long as it was away, or after \`maxOpenMs\` where that is less. By connect a background dial finds the peer
in milliseconds. \`client.breaker(url)\` shows state, window and lost permits, and has \`isolate(reason)\` and \`deIsolate()\`
([client.md](client.md#the-handle-of-a-breaker)). Every move is a record of \`pooler:breaker\` with its cause: ${codes(causes)}.

An open breaker lets nobody queue: when it opens, requests that still wait for a connection go back to it, having spent no
attempt and no token. It refuses them with \`PLR_CIRCUIT_OPEN\`, or lets them wait where they may (\`waitForPermit\`): as many as
the pool takes at once, \`maxConnections\` + \`maxPending\`; one more gets \`PLR_QUEUE_FULL\`.

${optionTable({
  file: `${ROOM}/breaker/breaker-options.ts`,
  owner: 'BreakerOptions',
  resolve: (name, value) => resolveBreakerOptions({ [name]: value }),
})}
`;
  await expect(page).toMatchFileSnapshot('../../docs/resilience.md');
});
