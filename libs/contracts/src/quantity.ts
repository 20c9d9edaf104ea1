import { z } from 'zod';
import { parseDurationMs } from '#libs/kernel';

const DURATION = /^\d+(\.\d+)?(ms|s|m|h)$/;
const RATE = /^\d+(\.\d+)?\/(s|m|h)$/;
const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** A duration as people write it (`500ms`, `10s`, `2m`, `1h`), read into milliseconds from `minMs` to `maxMs`. */
export function duration(minMs: number, maxMs: number) {
  const allowed = `must be a duration from ${minMs} ms to ${maxMs} ms, such as '10s' or '500ms'`;
  return z
    .string({ error: ({ input }) => `${allowed}, got ${JSON.stringify(input)}` })
    .regex(DURATION, { error: (issue) => `${allowed}, got ${JSON.stringify(issue.input)}` })
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
      context.addIssue({ code: 'custom', message: `${allowed}, got ${JSON.stringify(text)}` });
      return z.NEVER;
    })
    .describe(`A duration from ${minMs} ms to ${maxMs} ms, such as '10s' or '500ms'.`);
}

/** A rate as people write it (`200/s`, `90/m`), read into arrivals per second, more than 0 and at most `maxPerSecond`. */
export function rate(maxPerSecond: number) {
  const allowed = `must be a rate above 0 and up to ${maxPerSecond}/s, such as '200/s'`;
  return z
    .string({ error: ({ input }) => `${allowed}, got ${JSON.stringify(input)}` })
    .regex(RATE, { error: (issue) => `${allowed}, got ${JSON.stringify(issue.input)}` })
    .transform((text, context) => {
      const [amount, unit] = text.split('/');
      const perSecond = Number(amount) / (SECONDS_PER_UNIT[unit ?? ''] ?? Number.NaN);
      if (perSecond > 0 && perSecond <= maxPerSecond) return perSecond;
      context.addIssue({ code: 'custom', message: `${allowed}, got ${JSON.stringify(text)}` });
      return z.NEVER;
    })
    .describe(`A rate above 0 and up to ${maxPerSecond}/s, such as '200/s' or '90/m'.`);
}
