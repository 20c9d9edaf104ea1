import { describe, expect, it } from 'vitest';
import { fuzz } from './model-fuzzer.ts';

const SEEDS = 50;
const SEEDS_PER_TEST = 10;
const STEPS = 10_000;

describe('client and pool under random requests and faults', () => {
  const reached = new Set<string>();

  it.each(Array.from({ length: SEEDS / SEEDS_PER_TEST }, (_, index) => 1 + index * SEEDS_PER_TEST))(
    `hold whatever they promise, in ${STEPS} steps of each seed from %i on`,
    { timeout: 120_000 },
    async (first) => {
      for (let seed = first; seed < first + SEEDS_PER_TEST; seed += 1) {
        const { outcomes, events } = await fuzz(seed, STEPS);
        for (const name of Object.keys({ ...outcomes, ...events })) reached.add(name);
      }
    },
  );

  it('have met whatever there is to meet, for a fuzzer that reaches little proves little', () => {
    for (const name of MUST_HAPPEN) expect(reached).toContain(name);
  });

  it('do the same again for the same seed', async () => {
    const first = await fuzz(7, 2_000);
    expect(await fuzz(7, 2_000)).toEqual(first);
    expect((await fuzz(8, 2_000)).digest).not.toBe(first.digest);
  });
});

const MUST_HAPPEN = [
  'read 200',
  'read 204',
  'answered 200',
  'read 503',
  'PLR_ABORTED',
  'PLR_ACQUIRE_TIMEOUT',
  'PLR_ATTEMPT_TIMEOUT',
  'PLR_BODY_MISUSED',
  'PLR_BODY_SOURCE',
  'PLR_BODY_TIMEOUT',
  'PLR_CIRCUIT_OPEN',
  'PLR_CLOSED_BY_PEER',
  'PLR_CONNECT_REFUSED',
  'PLR_CONNECT_TIMEOUT',
  'PLR_DEADLINE',
  'PLR_FD_LIMIT',
  'PLR_HEADERS_TIMEOUT',
  'PLR_LOCAL_PORTS',
  'PLR_POOL_CLOSED',
  'PLR_PROTOCOL',
  'PLR_QUEUE_FULL',
  'PLR_RESET',
  'closed: made-room',
  'closed: max-requests',
  'closed: suspect',
  'active probe: answered',
  'active probe: peer-fin',
  'active probe: timeout',
  'breaker: de-isolate',
  'breaker: slow',
  'breaker: trial-slow',
  'fault: crash',
  'fault: status',
  'leak',
];
