import { z } from 'zod';
import { anyWhole, first } from './attributes.ts';
import { connectionToxic } from './define-toxic.ts';

export const slowClose = connectionToxic(
  z.object({ delay: anyWhole('ms', 'How much later the end goes on.'), first }),
  {
    summary: 'The end of the stream goes on later.',
    seenAs: 'an answer, unless its end is the end of the connection',
    begin: (settings) => ({
      onBytes: (bytes, nowMs) => [{ kind: 'bytes', bytes, dueAtMs: nowMs }],
      onEnd: (ending, nowMs) => [
        { kind: 'end', ending, dueAtMs: nowMs + Math.max(0, settings.attributes.delay) },
      ],
    }),
  },
);
