import type { MetricUnit } from '#libs/campaign';

/** A measured value for people: `12.3 ms`, `4.56 %`; `unknown` where there is none. */
export function amount(value: number | undefined, unit: MetricUnit): string {
  if (value === undefined) return 'unknown';
  return unit === 'ms' ? `${Number(value.toFixed(3))} ms` : `${Number((value * 100).toFixed(4))} %`;
}
