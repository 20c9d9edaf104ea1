import { z } from 'zod';
import { matchesFilter } from '../http/http-verdict.ts';
import { first, requestFilter, wholeFrom } from './attributes.ts';
import { requestToxic } from './define-toxic.ts';
import { delayOf } from './delay.ts';

const MAX_MS = 3_600_000;

export const httpLatency = requestToxic(
  z.strictObject({
    latency: wholeFrom(0, MAX_MS, 0, { unit: 'ms', description: 'How much later the message goes on.' }),
    jitter: wholeFrom(0, MAX_MS, 0, {
      unit: 'ms',
      description: 'The delay varies by up to this much both ways.',
    }),
    ...requestFilter,
    first,
  }),
  {
    summary:
      'upstream: the request reaches the upstream later; downstream: the response reaches the client later.',
    seenAs: 'time, or the code of the limit that it outlasts',
    matches: matchesFilter,
    decide: (attributes, rng) => ({ kind: 'delay', delayMs: delayOf(attributes, rng) }),
  },
);
