import { z } from 'zod';
import { runState, runVerdict } from './run.ts';

const atMs = z.number().describe('Milliseconds since 1970, by the clock of Redis.');
const count = z.int().min(0);

function event<Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.strictObject({ type: z.literal(type), data: z.strictObject({ atMs, ...shape }) });
}

/** What happens in a run: `type` goes over the wire as `event:`, `data` as JSON. `end` is the last. */
export const runEvent = z
  .discriminatedUnion('type', [
    event('state', { state: runState, detail: z.string().optional() }),
    event('snapshot', {
      runMs: z.number().describe('The time of the run, from t = 0.'),
      requests: count,
      ok: count,
      failed: count,
      surfaced: count,
      attempts: count,
      retries: count,
      circuitOpens: count,
      arrivals: count,
      missed: count,
    }).describe('The counts of the whole run so far; once a second.'),
    event('fault', { id: z.string(), change: z.enum(['applied', 'removed', 'failed']) }),
    event('guardrail', { guardrail: z.string(), trippedBy: z.number() }),
    event('pod', { pod: z.string(), change: z.string() }),
    event('log', { message: z.string() }),
    event('end', { state: runState, verdict: runVerdict }),
  ])
  .meta({ id: 'RunEvent' });

export type RunEvent = z.output<typeof runEvent>;

/** An event with its place in the stream. */
export type StoredRunEvent = RunEvent & { readonly id: string };

/** The `Last-Event-ID` of a client that comes back. */
export const lastEventId = z.string().regex(/^\d{1,15}-\d{1,15}$/, { error: 'must be an id of this stream' });
