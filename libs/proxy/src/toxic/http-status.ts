import { z } from 'zod';
import { matchesFilter } from '../http/http-verdict.ts';
import { first, requestFilter, wholeFrom } from './attributes.ts';
import { requestToxic } from './define-toxic.ts';

export const httpStatus = requestToxic(
  z.strictObject({
    status: wholeFrom(200, 599, 503, { unit: 'status code', description: 'What the client gets.' }),
    ...requestFilter,
    first,
  }),
  {
    summary:
      'upstream: the proxy answers and the upstream never sees the request; downstream: the upstream serves it and its response is replaced.',
    seenAs: 'the status',
    matches: matchesFilter,
    decide: ({ status }) => ({ kind: 'status', statusCode: status }),
  },
);
