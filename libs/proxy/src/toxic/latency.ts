import { z } from 'zod';
import { DELAYED_MAX_BYTES } from '../link/link.ts';
import { endNow } from '../link/step.ts';
import { anyWhole, first } from './attributes.ts';
import { connectionToxic } from './define-toxic.ts';
import { delayOf } from './delay.ts';

export const latency = connectionToxic(
  z.object({
    latency: anyWhole('ms', 'How much later bytes go on.'),
    jitter: anyWhole('ms', 'The delay varies by up to this much both ways, drawn for each piece of data.'),
    first,
  }),
  {
    summary: 'Bytes go on later, in their order.',
    seenAs: 'time, or the code of the limit that it outlasts',
    heldMaxBytes: DELAYED_MAX_BYTES,
    begin: (settings, rng) => ({
      onBytes: (bytes, nowMs) => [
        { kind: 'bytes', bytes, dueAtMs: nowMs + delayOf(settings.attributes, rng) },
      ],
      onEnd: endNow,
    }),
  },
);
