import type { Verdict } from '#libs/faults';

/** A verdict as a few `key=value`. */
export function verdictText(verdict: Verdict): string {
  if (verdict.kind === 'pass') return 'fault=none';
  const base = `fault=${verdict.faultId} type=${verdict.kind}`;
  if ('delayMs' in verdict) return `${base} delay_ms=${verdict.delayMs.toFixed(3)}`;
  if (verdict.kind === 'status') return `${base} status=${verdict.statusCode}`;
  return verdict.kind === 'crash' ? `${base} duration_ms=${verdict.durationMs}` : base;
}
