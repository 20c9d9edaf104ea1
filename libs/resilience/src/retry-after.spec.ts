import { describe, expect, it } from 'vitest';
import { parseRetryAfterMs } from './retry-after.ts';

/** Ten seconds before the example date of RFC 9110 §5.6.7. */
const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 27);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['007', 7000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 10_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 10_000],
    ['Sun Nov  6 08:49:37 1994', 10_000],
    ['Sun Nov 06 08:49:37 1994', 10_000],
    ['Sat, 31 Dec 1994 23:59:60 GMT', Date.UTC(1995, 0, 1) - NOW_MS],
    ['Thu, 29 Feb 1996 00:00:00 GMT', Date.UTC(1996, 1, 29) - NOW_MS],
  ])('%j asks to wait %i ms', (value, ms) => {
    expect(parseRetryAfterMs(value, NOW_MS)).toBe(ms);
  });

  it.each([['Sun, 06 Nov 1994 08:49:26 GMT'], ['Sat, 01 Jan 0000 00:00:00 GMT']])(
    'of a date that has passed (%j) asks for no wait',
    (value) => {
      expect(parseRetryAfterMs(value, NOW_MS)).toBe(0);
    },
  );

  it('of absurdly many seconds is a wait without end, not a malformed one', () => {
    expect(parseRetryAfterMs('9'.repeat(400), NOW_MS)).toBe(Infinity);
  });

  it.each([
    [2026, 'Friday, 06-Nov-76 08:49:37 GMT', Date.UTC(2076, 10, 6, 8, 49, 37)],
    [2026, 'Sunday, 06-Nov-77 08:49:37 GMT', undefined],
    [1994, 'Tuesday, 06-Nov-01 08:49:37 GMT', undefined],
  ])('in %i reads the two-digit year of %j', (year, value, atMs) => {
    const nowMs = Date.UTC(year, 0, 1);
    expect(parseRetryAfterMs(value, nowMs)).toBe(atMs === undefined ? 0 : atMs - nowMs);
  });

  it.each([
    [''],
    [' 5'],
    ['5 '],
    ['-5'],
    ['+5'],
    ['1.5'],
    ['0x10'],
    ['1e3'],
    ['5, 6'],
    ['soon'],
    ['1994-11-06T08:49:37Z'],
    ['Sun, 6 Nov 1994 08:49:37 GMT'],
    ['Sun, 06 Nov 1994 08:49:37'],
    ['Sun, 06 Nov 1994 08:49:37 UTC'],
    ['Sun, 06 Nov 1994 08:49:37 +0100'],
    ['sun, 06 nov 1994 08:49:37 gmt'],
    ['Sun, 06 Nov 94 08:49:37 GMT'],
    ['Sun, 06-Nov-94 08:49:37 GMT'],
    ['Sun Nov 6 08:49:37 1994'],
    ['Sun, 31 Nov 1994 08:49:37 GMT'],
    ['Wed, 29 Feb 1995 00:00:00 GMT'],
    ['Sun, 00 Nov 1994 08:49:37 GMT'],
    ['Sun, 06 Nov 1994 24:00:00 GMT'],
    ['Sun, 06 Nov 1994 08:60:00 GMT'],
    ['Sun, 06 Nov 1994 08:49:61 GMT'],
  ])('is malformed: %j', (value) => {
    expect(parseRetryAfterMs(value, NOW_MS)).toBeUndefined();
  });
});
