/** What the clocks of a time zone do at one local time. Instants are milliseconds since 1970 in UTC. */
export type WallTime =
  | { readonly kind: 'once'; readonly atMs: number }
  /** The clocks go over it. `atMs` is by the offset before the gap, so as much after the gap as it lies inside of it. */
  | { readonly kind: 'skipped'; readonly atMs: number }
  /** The clocks show it twice. */
  | { readonly kind: 'twice'; readonly firstAtMs: number; readonly secondAtMs: number };

const DAY_MS = 86_400_000;

/** One time zone of the IANA database, as the platform knows it. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;

  /** Throws a RangeError when there is no such zone. */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** How far local time is ahead of UTC at an instant, in ms. */
  offsetMs(atMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(atMs)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1_000) * 1_000;
  }

  /**
   * The instants of a local time, which is written as the milliseconds that it would be in UTC.
   * Right where the clocks change at most once within two days, as they do everywhere.
   */
  instantsOf(wallMs: number): WallTime {
    const offsetBeforeMs = this.offsetMs(wallMs - DAY_MS);
    const offsetAfterMs = this.offsetMs(wallMs + DAY_MS);
    const byBeforeMs = wallMs - offsetBeforeMs;
    if (offsetBeforeMs === offsetAfterMs) return { kind: 'once', atMs: byBeforeMs };
    const byAfterMs = wallMs - offsetAfterMs;
    const isBeforeRight = this.offsetMs(byBeforeMs) === offsetBeforeMs;
    const isAfterRight = this.offsetMs(byAfterMs) === offsetAfterMs;
    if (isBeforeRight && isAfterRight) {
      return { kind: 'twice', firstAtMs: byBeforeMs, secondAtMs: byAfterMs };
    }
    if (isAfterRight) return { kind: 'once', atMs: byAfterMs };
    return { kind: isBeforeRight ? 'once' : 'skipped', atMs: byBeforeMs };
  }
}
