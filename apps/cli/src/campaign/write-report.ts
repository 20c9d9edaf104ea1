import { writeFileSync } from 'node:fs';
import type { RunPlan } from '#libs/campaign';
import { reportOf, toCsv, toJson, toJunit, type ReportModel } from '#libs/report';
import type { RunOutcome } from '#libs/run';
import type { ReportExtension, ReportFile } from './report-file.ts';

const FORMATS: Readonly<Record<ReportExtension, (report: ReportModel) => string>> = {
  '.json': toJson,
  '.xml': toJunit,
  '.csv': toCsv,
};

/** Throws what the file system does. */
export function writeReport({ path, extension }: ReportFile, plan: RunPlan, outcome: RunOutcome): void {
  writeFileSync(path, FORMATS[extension](reportOf({ id: 'local', plan, ...outcome })));
}
