import { expect, it } from 'vitest';
import { nextFiringMs } from './job-queues.ts';

it.each([
  ['Europe/Madrid', '30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
  ['Europe/Madrid', '30 2 * * *', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
  ['America/New_York', '30 2 * * *', '2026-03-07T12:00:00Z', '2026-03-08T07:30:00.000Z'],
  ['America/New_York', '30 1 * * *', '2026-10-31T12:00:00Z', '2026-11-01T05:30:00.000Z'],
  ['Australia/Lord_Howe', '15 2 * * *', '2026-10-03T12:00:00Z', '2026-10-03T15:45:00.000Z'],
  ['Australia/Lord_Howe', '45 1 * * *', '2026-04-04T12:00:00Z', '2026-04-04T14:45:00.000Z'],
])('the queue goes by the clocks of %s where they change, too: %s', (tz, pattern, after, instant) => {
  expect(new Date(nextFiringMs(Date.parse(after), { pattern, tz }) ?? 0).toISOString()).toBe(instant);
});
