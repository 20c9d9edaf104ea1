import type { HrTime } from '@opentelemetry/api';

/**
 * A time of this process's monotonic clock as seconds and nanoseconds since 1970. Later times never come out earlier,
 * so a span that lies within another does so to the nanosecond.
 */
export function epochTime(atMs: number): HrTime {
  const wholeMs = Math.floor(atMs);
  const ms = ORIGIN_WHOLE_MS + wholeMs;
  const ns = (ms % 1_000) * 1_000_000 + Math.round((atMs - wholeMs + ORIGIN_REST_MS) * 1_000_000);
  return [Math.floor(ms / 1_000) + Math.floor(ns / 1_000_000_000), ns % 1_000_000_000];
}

const ORIGIN_WHOLE_MS = Math.floor(performance.timeOrigin);
const ORIGIN_REST_MS = performance.timeOrigin - ORIGIN_WHOLE_MS;
