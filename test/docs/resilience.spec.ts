import { expect, it } from 'vitest';
import { resolveAdaptiveOptions, resolveBreakerOptions, resolveRetryOptions } from '#libs/resilience';
import { literalsOf } from './declared.ts';
import { codes } from './markdown.ts';
import { nested, optionTable } from './option-table.ts';

const ROOM = 'libs/resilience/src';

it('has every option of retries and breakers, its default and range as the code has them', async () => {
  const resolve = (name: string, value: unknown): unknown => resolveRetryOptions(nested(name, value));
  const causes = literalsOf(`${ROOM}/breaker/breaker-state.ts`, 'TransitionCause').map(({ text }) => text);
  const addressCauses = literalsOf(`${ROOM}/outliers/address-standing.ts`, 'AddressCause').map(
    ({ text }) => text,
  );
  const page = `# Retries, breakers and the adaptive limit

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

One for each origin, and below it one judgement for each address where the name has several. A call is an attempt; transport errors, timeouts, 502, 503 and 504 fail it. Aborts and our own limits
are no calls. By rate it stays open for an interval and half-opens: a peer that answered with errors for a
time L is tried again within \`openMs\` + L/5 of its return, or \`maxOpenMs\` where that is less. By connect a background dial finds the peer
in milliseconds. \`client.breaker(url)\` shows state, window and lost permits, and has \`isolate(reason)\` and \`deIsolate()\`
([client.md](client.md#the-handle-of-a-breaker)). Every move is a record of \`pooler:breaker\` with its cause: ${codes(causes)}.

An open breaker lets nobody queue: when it opens, requests that still wait for a connection go back to it, having spent no
attempt and no token. It refuses them with \`PLR_CIRCUIT_OPEN\`, or lets them wait where they may (\`waitForPermit\`): as many as
the pool takes at once, \`maxConnections\` + \`maxPending\`; one more gets \`PLR_QUEUE_FULL\`.

Where a name has several addresses, one that fails alone is taken out: after \`addressFailures\` calls or connects in a row, or
\`failureRate\` of its own calls. Its connections are retired, dials try it last, and what still fails there is no call for
the breaker. It stays out as long as the breaker would be open by rate; then one dial goes to it first, \`halfOpenPermits\`
good answers bring it back, and the first failure puts it out again for longer. The last that is well is never taken out:
where all fail, the breaker opens. \`stats().origins\` has those that are out as \`addressesOut\`, and every move is a record of
\`pooler:address\` with its cause: ${codes(addressCauses)}.

${optionTable({
  file: `${ROOM}/breaker/breaker-options.ts`,
  owner: 'BreakerOptions',
  resolve: (name, value) => resolveBreakerOptions({ [name]: value }),
})}

## The adaptive limit

\`adaptive: true\`, or its options, finds for each origin how many connections to use at once; \`maxConnections\` bounds it.
Off by default, \`--adaptive\` of the command. Who waits for it waits in the pool's queue, in the same order and with the same
limits, and an acquire timeout says that it was the limit. \`stats().origins\` has it as \`adaptiveLimit\`.

Once in a window it goes halfway to \`limit × gradient + √limit\`, where the gradient is (\`tolerance\` × the unloaded response
time + 1 ms) / the mean response time, between 0.5 and 1. Times count from the checkout of a connection to the head of the
answer (with \`awaitBody\`, to its end), so its own queue does not count. A tenth of failures in a window (as for the breaker,
and 429) brings it to nine tenths instead. While less than half of it is used it stays. Before a server that works on C
requests at a time it comes to rest at about 1.5 C + √(1.5 C).

The unloaded response time is measured by halving the limit, window by window, until answers come no faster: at first, then
every \`probeIntervalMs\` while answers are slower than that, never for more than a twentieth of the time. It helps against a
server that gets slower the more it is asked at once. It does not know a queue that others make, nor fast requests from slow
ones: where one origin has both, give each a client of its own, or leave it off. Figures: \`test/bench/README.md\`.

${optionTable({
  file: `${ROOM}/adaptive/adaptive-options.ts`,
  owner: 'AdaptiveOptions',
  resolve: (name, value) => resolveAdaptiveOptions({ [name]: value }, 32),
})}
`;
  await expect(page).toMatchFileSnapshot('../../docs/resilience.md');
});
