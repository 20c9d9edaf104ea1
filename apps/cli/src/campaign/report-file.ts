import type { Kind } from '../flags/kinds.ts';

/** What a report's format is told by. */
export type ReportExtension = '.json' | '.xml' | '.csv';

export interface ReportFile {
  readonly path: string;
  readonly extension: ReportExtension;
}

const EXTENSIONS: readonly ReportExtension[] = ['.json', '.xml', '.csv'];

/** A file that a report is written to. */
export const reportFile: Kind<ReportFile> = {
  placeholder: 'file',
  range: '.json, .xml for JUnit, or .csv',
  allowed: 'a file name that ends in .json, .xml or .csv',
  parse(path) {
    const extension = EXTENSIONS.find((end) => path.endsWith(end));
    return extension && { path, extension };
  },
};
