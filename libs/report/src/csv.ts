import type { FaultResult, ReportModel } from './report-model.ts';
import type { RunSummary } from './run-summary.ts';

type Cell = string | number | null | undefined;
/** Section, name, field, value, unit. */
type Row = readonly [string, string, string, Cell, string];

const HEADER: Row = ['section', 'name', 'field', 'value', 'unit'];

/**
 * The report's numbers as a table of one value a row (RFC 4180: CRLF, a header, quotes where they are needed). A text
 * that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"). What is not known
 * is empty.
 */
export function toCsv(report: ReportModel): string {
  const rows: Row[] = [
    HEADER,
    ...runRows(report),
    ...summaryRows('summary', report.summary),
    ...Object.entries(report.phases).flatMap(([phase, summary]) => summaryRows(phase, summary)),
    ...report.checks.flatMap(({ check, state, actual, bound, margin, unit, samples }): Row[] => [
      ['check', check, 'state', state, ''],
      ['check', check, 'actual', actual, unit],
      ['check', check, 'bound', bound, unit],
      ['check', check, 'margin', margin, unit],
      ['check', check, 'samples', samples, 'requests'],
    ]),
    ...report.guardrails.map(({ guardrail, trippedBy, unit }): Row => [
      'guardrail',
      guardrail,
      'trippedBy',
      trippedBy,
      unit,
    ]),
    ...report.faults.flatMap(faultRows),
  ];
  return rows.map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function runRows(report: ReportModel): Row[] {
  const { id, campaign, target, state, verdict, reason, startedAt, endedAt, seed, digest, replay } = report;
  const facts = { id, campaign, target, state, verdict, reason, startedAt, endedAt, seed, digest, replay };
  return Object.entries(facts).map(([field, value]): Row => ['run', '', field, value, '']);
}

function summaryRows(name: string, summary: RunSummary): Row[] {
  const { latencyMs, attribution, errors, ...counts } = summary;
  return [
    ...Object.entries(counts).map(([field, value]): Row => ['count', name, field, value, '']),
    ...Object.entries(latencyMs ?? {}).map(([field, value]): Row => ['latency', name, field, value, 'ms']),
    ...Object.entries(attribution).map(([cell, value]): Row => [
      'attribution',
      name,
      cell,
      value,
      'requests',
    ]),
    ...Object.entries(errors).map(([code, value]): Row => ['error', name, code, value, 'failures']),
  ];
}

function faultRows(fault: FaultResult): Row[] {
  const { id, type, where, startMs, endMs, expectedHits, hits, detectedMs, recoveredMs } = fault;
  return [
    ['fault', id, 'type', type, ''],
    ['fault', id, 'where', where, ''],
    ['fault', id, 'expectedHits', expectedHits, 'attempts'],
    ['fault', id, 'hits', hits, 'attempts'],
    ...Object.entries({ startMs, endMs, detectedMs, recoveredMs }).map(([field, value]): Row => [
      'fault',
      id,
      field,
      value,
      'ms',
    ]),
  ];
}

function cellText(cell: Cell): string {
  if (cell === undefined || cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
