import { z } from 'zod';
import { reason, timestamp } from './resource.ts';

const state = z.enum(['engaged', 'disengaged']);

/** `PUT /safety-lever`. Engaging it aborts every run and refuses new ones. */
export const leverChange = z.strictObject({ state, reason: reason.min(1) }).meta({ id: 'SafetyLeverChange' });

export type LeverChange = z.output<typeof leverChange>;

export const safetyLever = z
  .strictObject({
    state,
    reason: z.string(),
    changedAt: timestamp.optional().describe('Missing while nobody has touched it.'),
    changedBy: z.string().optional(),
  })
  .meta({ id: 'SafetyLever' });

export type SafetyLever = z.output<typeof safetyLever>;
