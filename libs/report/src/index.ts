export { toCsv } from './csv.ts';
export { toJson } from './json.ts';
export { toJunit } from './junit.ts';
export {
  reportOf,
  type FaultResult,
  type GuardrailResult,
  type ReportModel,
  type ReportSource,
} from './report-model.ts';
export { summaryOf, type LatencySummary, type RunSummary } from './run-summary.ts';
