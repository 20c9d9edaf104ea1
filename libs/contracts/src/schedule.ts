import { z } from 'zod';
import { pageOf } from './page.ts';
import { resourceId, resourceName, timestamp } from './resource.ts';

const timeZone = z.string().refine(isTimeZone, {
  error: (issue) => `must be an IANA time zone such as 'Europe/Madrid', got ${JSON.stringify(issue.input)}`,
});

const concurrencyPolicy = z.enum(['Forbid', 'Replace', 'Allow']);

const settings = {
  name: resourceName,
  campaign: resourceId('cmp'),
  cron: z.string().max(100).describe('Five fields, or six with seconds first.'),
  timeZone,
  concurrencyPolicy: concurrencyPolicy
    .default('Forbid')
    .describe(
      'When its last run still runs: Forbid skips, Replace aborts that run first, Allow starts another.',
    ),
};

/** `POST /schedules`. */
export const newSchedule = z.strictObject(settings).meta({ id: 'NewSchedule' });

export type NewSchedule = z.output<typeof newSchedule>;

/** What a firing led to: a run, or why there is none. */
export const firing = z
  .strictObject({
    at: timestamp,
    runId: resourceId('run').optional(),
    skipped: z.string().optional().describe("A problem's code, such as 'lever_engaged'."),
  })
  .meta({ id: 'Firing' });

export type Firing = z.output<typeof firing>;

export const schedule = z
  .strictObject({
    ...settings,
    concurrencyPolicy,
    id: resourceId('sch'),
    createdAt: timestamp,
    suspended: z.boolean(),
    firings: z.array(firing).describe('The latest 20, newest first.'),
  })
  .meta({ id: 'Schedule' });

export type Schedule = z.output<typeof schedule>;

export const schedulePage = pageOf('SchedulePage', schedule);

export const nextQuery = z.strictObject({
  n: z.coerce.number().int().min(1).max(100).default(10).describe('How many instants, from 1 to 100.'),
});

export type NextQuery = z.output<typeof nextQuery>;

export const nextInstants = z.strictObject({ items: z.array(timestamp) }).meta({ id: 'NextInstants' });

function isTimeZone(name: string): boolean {
  try {
    void new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
