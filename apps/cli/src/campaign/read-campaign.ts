import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { checkCampaign, type CampaignSpec } from '#libs/campaign';
import { campaignDocument, campaignSpecOf, problemIssues } from '#libs/contracts';
import { invalidArgument } from '#libs/kernel';

export type ReadCampaign =
  | { readonly kind: 'read'; readonly spec: CampaignSpec }
  /** All that is wrong with it, each in one sentence that begins with the field. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/** Far above any campaign, and little enough to hold. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads a campaign from a file in YAML, or JSON, which is a part of it.
 * @throws PoolerError `PLR_INVALID_ARGUMENT` when there is no such file
 */
export function readCampaign(path: string): ReadCampaign {
  const document = parseDocument(textOf(path));
  if (document.errors.length > 0) return refused(document.errors.map(({ message }) => oneLine(message)));
  const parsed = campaignDocument.safeParse(document.toJS());
  if (!parsed.success) {
    return refused(problemIssues(parsed.error.issues).map((issue) => sentenceOf(issue.path, issue.message)));
  }
  const spec = campaignSpecOf(parsed.data);
  const problems = [...checkCampaign(spec), ...secretsIn(spec)];
  if (problems.length > 0)
    return refused(problems.map((problem) => sentenceOf(problem.path, problem.message)));
  return { kind: 'read', spec };
}

/** A problem in one sentence that names the field, whoever found it. */
export function sentenceOf(path: string, message: string): string {
  return message.startsWith(path) ? message : `${path}: ${message}`;
}

/** Secrets are kept where the service's workers are. */
function secretsIn({ scenarios }: CampaignSpec): Array<{ path: string; message: string }> {
  return scenarios.flatMap(({ request }, index) =>
    Object.entries(request.headers ?? {})
      .filter(([, value]) => typeof value !== 'string')
      .map(([name]) => ({
        path: `scenarios.${index}.request.headers.${name}`,
        message: 'must be a text: only the service can look up a secretRef',
      })),
  );
}

function refused(problems: readonly string[]): ReadCampaign {
  return { kind: 'refused', problems };
}

function textOf(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw invalidArgument('FILE', path, 'a file that can be read');
  }
  if (text.length > MAX_BYTES) throw invalidArgument('FILE', path, `a file of at most ${MAX_BYTES} bytes`);
  return text;
}

/** The parser draws a picture of the place below its sentence. */
function oneLine(message: string): string {
  return message.split('\n')[0]?.replace(/:$/, '') ?? message;
}
