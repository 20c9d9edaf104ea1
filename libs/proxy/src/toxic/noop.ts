import { z } from 'zod';
import { endNow } from '../link/step.ts';
import { first } from './attributes.ts';
import { connectionToxic } from './define-toxic.ts';

export const noop = connectionToxic(z.object({ first }), {
  summary: 'Nothing happens: what a toxic costs by itself.',
  seenAs: 'an answer',
  begin: () => ({
    onBytes: (bytes, nowMs) => [{ kind: 'bytes', bytes, dueAtMs: nowMs }],
    onEnd: endNow,
  }),
});
