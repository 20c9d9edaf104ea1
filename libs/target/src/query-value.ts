import { parseDurationMs } from '#libs/kernel';

/** The status codes that an answer may have: all but the interim ones. */
export const STATUS_MIN = 200;
export const STATUS_MAX = 599;

/** Reads a status code from `STATUS_MIN` to `STATUS_MAX`. Returns `undefined` for any other text. */
export function readStatusCode(text: string): number | undefined {
  const statusCode = /^\d{3}$/.test(text) ? Number(text) : 0;
  return statusCode >= STATUS_MIN && statusCode <= STATUS_MAX ? statusCode : undefined;
}

/** Reads a duration of at most `maxMs`, in ms. Returns `undefined` for any other text. */
export function readDurationMs(text: string, maxMs: number): number | undefined {
  const durationMs = parseDurationMs(text);
  return durationMs !== undefined && durationMs <= maxMs ? durationMs : undefined;
}
