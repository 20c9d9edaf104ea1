import { z } from 'zod';
import { matchesFilter } from '../http/http-verdict.ts';
import { first, requestFilter } from './attributes.ts';
import { requestToxic } from './define-toxic.ts';

export const httpReset = requestToxic(z.strictObject({ ...requestFilter, first }), {
  summary:
    'The connection is reset (RST) at both ends. upstream: before the upstream sees the request; downstream: instead of the response.',
  seenAs: '`PLR_RESET`',
  matches: matchesFilter,
  decide: () => ({ kind: 'reset' }),
});
