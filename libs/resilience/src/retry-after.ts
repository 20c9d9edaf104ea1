const DAY_NAME = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const LONG_DAY_NAME = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})';

/** The three forms of RFC 9110 §5.6.7: IMF-fixdate, the obsolete RFC 850 form and that of C's asctime(). */
const HTTP_DATE_FORMS = [
  new RegExp(`^${DAY_NAME}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY_NAME}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  new RegExp(`^${DAY_NAME} ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * How long a Retry-After field asks to wait, in milliseconds from `wallNowMs` (Unix time): a number of seconds or an
 * HTTP-date (RFC 9110 §10.2.3). A date that has passed gives 0, a malformed value `undefined`.
 */
export function parseRetryAfterMs(value: string, wallNowMs: number): number | undefined {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const atMs = parseHttpDateMs(value, wallNowMs);
  return atMs === undefined ? undefined : Math.max(0, atMs - wallNowMs);
}

function parseHttpDateMs(value: string, wallNowMs: number): number | undefined {
  for (const form of HTTP_DATE_FORMS) {
    const parts = form.exec(value)?.groups;
    if (parts) return unixTimeMs(parts, wallNowMs);
  }
  return undefined;
}

function unixTimeMs(parts: Readonly<Record<string, string>>, wallNowMs: number): number | undefined {
  const month = MONTHS.indexOf(parts['month'] ?? '');
  const day = Number(parts['day']);
  const hour = Number(parts['hour']);
  const minute = Number(parts['minute']);
  const second = Number(parts['second']);
  const year = fullYear(parts['year'] ?? '', wallNowMs);
  // The grammar allows second 60 for a leap second.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  // Date.UTC would take 31 February for 3 March.
  const midnight = new Date(Date.UTC(year, month, day));
  if (midnight.getUTCMonth() !== month) return undefined;
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** A year of two digits that seems more than 50 years ahead is the latest past one that ends so (RFC 9110 §5.6.7). */
function fullYear(digits: string, wallNowMs: number): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(wallNowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}
