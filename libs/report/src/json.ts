import type { ReportModel } from './report-model.ts';

/** The whole model as indented JSON, ending in LF. What is not known is null, so that every field is always there. */
export function toJson(report: ReportModel): string {
  return `${JSON.stringify(report, nullForUnknown, 2)}\n`;
}

function nullForUnknown(_key: string, value: unknown): unknown {
  return value === undefined ? null : value;
}
