import { CronExpressionParser, type CronExpression } from 'cron-parser';
import { invalidArgument, wholeOption } from '#libs/kernel';
import { TimeZone } from './wall-time.ts';

/** How often, and by whose clocks. */
export interface Cron {
  /** Five fields (minute hour day month weekday), or six with seconds first. */
  readonly cron: string;
  /** A name of the IANA database, such as `Europe/Madrid`. */
  readonly timeZone: string;
}

const MAX_NEXT_TIMES = 100;

/**
 * The next `count` instants of a schedule after `afterMs`, in milliseconds since 1970.
 *
 * Where the clocks change, a schedule goes by the rule of RFC 5545 section 3.3.5: a local time that is skipped fires by
 * the offset before the gap (02:30 at 03:30), one that is repeated fires the first time only; two that fall on one
 * instant fire once. A schedule for every hour of the day goes by elapsed time instead, as cron(8) does it: what is
 * skipped does not fire, what is repeated fires twice.
 *
 * @param count 1 to 100
 * @throws PoolerError `PLR_INVALID_ARGUMENT` that names `cron`, `timeZone` or `count`
 */
export function nextTimes({ cron, timeZone }: Cron, afterMs: number, count: number): number[] {
  wholeOption('count', count, 1, MAX_NEXT_TIMES);
  const zone = timeZoneOf(timeZone);
  // Where the clocks change nearby, the earlier ones count, so that nothing is missed. What lies before is left out.
  const offsetsMs = [afterMs - DAY_MS, afterMs, afterMs + DAY_MS].map((atMs) => zone.offsetMs(atMs));
  const wallMs = afterMs + Math.min(...offsetsMs);
  const expression = parseCron(cron, wallMs - 1_000);
  const times: number[] = [];
  for (const atMs of instantsOf(expression, zone)) {
    if (atMs <= Math.max(afterMs, times.at(-1) ?? -Infinity)) continue;
    times.push(atMs);
    if (times.length === count) break;
  }
  return times;
}

const DAY_MS = 86_400_000;
const HOURS_OF_DAY = 24;

/**
 * The instants of a schedule in their order. The parser walks through local times as if they were UTC, where no clock
 * ever changes: its own time zones stumble over a change of half an hour (Australia/Lord_Howe).
 */
function* instantsOf(expression: CronExpression, zone: TimeZone): Generator<number> {
  const isEveryHour = expression.fields.hour.values.length === HOURS_OF_DAY;
  // Around a change some instants come later than those of the local times after them. They wait here, in order.
  const held: number[] = [];
  for (;;) {
    const wall = zone.instantsOf(expression.next().getTime());
    if (wall.kind === 'skipped') {
      if (!isEveryHour) held.push(wall.atMs);
      continue;
    }
    const atMs = wall.kind === 'twice' ? wall.firstAtMs : wall.atMs;
    while (held[0] !== undefined && held[0] <= atMs) yield held.shift() ?? atMs;
    yield atMs;
    if (wall.kind === 'twice' && isEveryHour) held.push(wall.secondAtMs);
  }
}

function timeZoneOf(name: string): TimeZone {
  try {
    return new TimeZone(name);
  } catch {
    throw invalidArgument('timeZone', name, 'an IANA time zone such as Europe/Madrid');
  }
}

function parseCron(text: string, afterWallMs: number): CronExpression {
  const fields = text.trim().split(/\s+/);
  // H is the parser's own: a value drawn at random, so that no two readings of the schedule would agree.
  const isStandard = (fields.length === 5 || fields.length === 6) && !/(^|[\s,])H/.test(text);
  try {
    if (isStandard)
      return CronExpressionParser.parse(fields.join(' '), { currentDate: afterWallMs, tz: 'UTC' });
  } catch {
    // The parser's messages name neither the field nor what is allowed.
  }
  throw invalidArgument('cron', text, "five fields, or six with seconds first, such as '30 2 * * 1-5'");
}
