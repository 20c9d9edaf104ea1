import { describe, expect, it } from 'vitest';
import { nextTimes } from './schedule-times.ts';

/** The next instants as ISO 8601 without seconds, which are 0 in all of them. */
function next(cron: string, timeZone: string, after: string, count: number): string[] {
  const times = nextTimes({ cron, timeZone }, Date.parse(after), count);
  return times.map((atMs) => new Date(atMs).toISOString().replace(/:00\.000Z$/, 'Z'));
}

describe('the next times of a schedule', () => {
  it('are after the given instant, also when that one is a time of the schedule', () => {
    expect(next('0 12 * * *', 'UTC', '2026-01-01T12:00:00Z', 2)).toEqual([
      '2026-01-02T12:00Z',
      '2026-01-03T12:00Z',
    ]);
    expect(next('0 12 * * *', 'UTC', '2026-01-01T11:59:59.999Z', 1)).toEqual(['2026-01-01T12:00Z']);
  });

  it('go by the clocks of the time zone', () => {
    expect(next('30 9 * * 1-5', 'Europe/Madrid', '2026-01-02T12:00:00Z', 1)).toEqual(['2026-01-05T08:30Z']);
    expect(next('30 9 * * 1-5', 'Europe/Madrid', '2026-07-03T12:00:00Z', 1)).toEqual(['2026-07-06T07:30Z']);
  });

  it('may have seconds, as the first of six fields', () => {
    const times = nextTimes({ cron: '*/20 * * * * *', timeZone: 'UTC' }, 0, 4);
    expect(times).toEqual([20_000, 40_000, 60_000, 80_000]);
  });

  it('find a leap day years away', () => {
    expect(next('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2)).toEqual([
      '2028-02-29T00:00Z',
      '2032-02-29T00:00Z',
    ]);
  });

  it.each([
    ['@daily', 'UTC', 1, 'cron must be five fields, or six with seconds first'],
    ['* * * *', 'UTC', 1, 'cron must be five fields'],
    ['* * * * * * *', 'UTC', 1, 'cron must be five fields'],
    ['60 * * * *', 'UTC', 1, 'cron must be five fields'],
    ['0 0 30 2 *', 'UTC', 1, 'cron must be five fields'],
    ['H * * * *', 'UTC', 1, 'cron must be five fields'],
    ['0 0 * * *', 'Mars/Olympus', 1, 'timeZone must be an IANA time zone such as Europe/Madrid'],
    ['0 0 * * *', 'UTC', 0, 'count must be a whole number from 1 to 100'],
    ['0 0 * * *', 'UTC', 101, 'count must be a whole number from 1 to 100'],
  ])('are refused for %j in %s, %i times', (cron, timeZone, count, sentence) => {
    expect(() => nextTimes({ cron, timeZone }, 0, count)).toThrow(sentence);
  });
});

describe('a local time that is skipped', () => {
  it.each([
    // 02:00 to 03:00 on 29 March 2026: 02:30 becomes 03:30.
    ['30 2 * * *', 'Europe/Madrid', '2026-03-28T12:00:00Z', ['2026-03-29T01:30Z', '2026-03-30T00:30Z']],
    // 02:00 to 03:00 on 8 March 2026.
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', ['2026-03-08T07:30Z', '2026-03-09T06:30Z']],
    // 02:00 to 02:30 on 4 October 2026, half an hour: 02:15 becomes 02:45.
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', ['2026-10-03T15:45Z', '2026-10-04T15:15Z']],
  ])('fires as much later as the gap is long: %s in %s', (cron, timeZone, after, times) => {
    expect(next(cron, timeZone, after, 2)).toEqual(times);
  });

  it('fires in its order among those that are not skipped', () => {
    expect(next('15,45 2,3 * * *', 'Europe/Madrid', '2026-03-29T00:00:00Z', 3)).toEqual([
      '2026-03-29T01:15Z',
      '2026-03-29T01:45Z',
      '2026-03-30T00:15Z',
    ]);
    expect(next('20 3 29 3 *', 'Europe/Madrid', '2026-03-29T01:10:00Z', 1)).toEqual(['2026-03-29T01:20Z']);
    expect(next('10,30 2,3 * * *', 'Europe/Madrid', '2026-03-29T01:10:00Z', 1)).toEqual([
      '2026-03-29T01:30Z',
    ]);
  });

  it('fires also when it is asked for from inside the hour after the gap', () => {
    expect(next('30 2 * * *', 'Europe/Madrid', '2026-03-29T01:10:00Z', 1)).toEqual(['2026-03-29T01:30Z']);
    expect(next('30 2 * * *', 'Europe/Madrid', '2026-03-29T01:30:00Z', 1)).toEqual(['2026-03-30T00:30Z']);
  });

  it('fires once together with one that falls on the same instant', () => {
    expect(next('0,30 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', 2)).toEqual([
      '2026-10-03T15:30Z',
      '2026-10-04T15:00Z',
    ]);
  });
});

describe('a local time that is repeated', () => {
  it.each([
    // 03:00 back to 02:00 on 25 October 2026.
    ['30 2 * * *', 'Europe/Madrid', '2026-10-24T12:00:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    // 02:00 back to 01:00 on 1 November 2026.
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', ['2026-11-01T05:30Z', '2026-11-02T06:30Z']],
    // 02:00 back to 01:30 on 5 April 2026, half an hour.
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00:00Z', ['2026-04-04T14:45Z', '2026-04-05T15:15Z']],
  ])('fires the first time only: %s in %s', (cron, timeZone, after, times) => {
    expect(next(cron, timeZone, after, 2)).toEqual(times);
  });

  it('does not fire again when it is asked for between the two', () => {
    expect(next('30 2 * * *', 'Europe/Madrid', '2026-10-25T00:45:00Z', 1)).toEqual(['2026-10-26T01:30Z']);
  });
});

describe('a schedule for every hour', () => {
  it.each([
    ['0 * * * *', 'Europe/Madrid', '2026-03-29T00:00:00Z', ['2026-03-29T01:00Z', '2026-03-29T02:00Z']],
    ['0 * * * *', 'America/New_York', '2026-03-08T06:00:00Z', ['2026-03-08T07:00Z', '2026-03-08T08:00Z']],
    // 02:00 is in the gap of half an hour: after 01:00 comes 03:00.
    ['0 * * * *', 'Australia/Lord_Howe', '2026-10-03T14:30:00Z', ['2026-10-03T16:00Z', '2026-10-03T17:00Z']],
    [
      '*/30 * * * *',
      'Australia/Lord_Howe',
      '2026-10-03T15:00:00Z',
      ['2026-10-03T15:30Z', '2026-10-03T16:00Z'],
    ],
  ])('leaves out what is skipped: %s in %s', (cron, timeZone, after, times) => {
    expect(next(cron, timeZone, after, 2)).toEqual(times);
  });

  it.each([
    [
      '0 * * * *',
      'Europe/Madrid',
      '2026-10-24T23:30:00Z',
      ['2026-10-25T00:00Z', '2026-10-25T01:00Z', '2026-10-25T02:00Z'],
    ],
    [
      '0 * * * *',
      'America/New_York',
      '2026-11-01T04:30:00Z',
      ['2026-11-01T05:00Z', '2026-11-01T06:00Z', '2026-11-01T07:00Z'],
    ],
    [
      '30 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T14:00:00Z',
      ['2026-04-04T14:30Z', '2026-04-04T15:00Z', '2026-04-04T16:00Z'],
    ],
  ])('fires twice at what is repeated: %s in %s', (cron, timeZone, after, times) => {
    expect(next(cron, timeZone, after, 3)).toEqual(times);
  });

  it('fires the second time also when it is asked for between the two', () => {
    expect(next('*/20 * * * *', 'Europe/Madrid', '2026-10-25T00:50:00Z', 4)).toEqual([
      '2026-10-25T01:00Z',
      '2026-10-25T01:20Z',
      '2026-10-25T01:40Z',
      '2026-10-25T02:00Z',
    ]);
  });
});
