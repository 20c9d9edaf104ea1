import {
  checkCampaign,
  planRun,
  schedulesOf,
  type CampaignSpec,
  type RunPlan,
  type TargetLimits,
} from '#libs/campaign';
import {
  campaignDocument,
  campaignSpecOf,
  newTarget,
  problemIssues,
  type CampaignDocument,
  type Target,
} from '#libs/contracts';
import { ProblemError } from '../problem-error.ts';

/** More arrivals than these are not planned: each one's fault verdict is drawn before the answer goes out. */
const MAX_ARRIVALS = 2_000_000;

/** Reads a document and says all that is wrong with it, shape first, then meaning. */
export function specOf(document: unknown): CampaignSpec {
  const parsed = campaignDocument.safeParse(document);
  if (!parsed.success) {
    throw invalid('the campaign is not valid', problemIssues(parsed.error.issues));
  }
  const spec = campaignSpecOf(parsed.data);
  const problems = checkCampaign(spec);
  if (problems.length > 0) throw invalid(problems[0]?.message ?? '', problems);
  return spec;
}

/** What the plan of a run of `document` against `target` is; throws a `ProblemError` with the numbers when it may not be. */
export function planOf(
  document: CampaignDocument,
  target: Target,
  options: { readonly seed: number; readonly segments: number },
): RunPlan {
  const spec = specOf(document);
  checkArrivals(spec);
  const result = planRun(spec, limitsOfTarget(target), options);
  if (result.kind === 'planned') return result.plan;
  const [first] = result.refusals;
  throw new ProblemError(
    first?.code ?? 'invalid_request',
    result.refusals.map(({ message }) => message).join('; '),
    result.refusals.map(({ path, code, message }) => ({ path, code, message })),
  );
}

function limitsOfTarget(item: Target): TargetLimits {
  const { id: _, createdAt: __, ...posted } = item;
  const { maxRate, maxConcurrency, faults, drills, controlUrl, proxy } = newTarget.parse(posted);
  return {
    maxRatePerSecond: maxRate,
    maxConcurrency,
    faults,
    drills,
    hasControlUrl: controlUrl !== undefined,
    hasProxy: proxy !== undefined,
  };
}

function checkArrivals(spec: CampaignSpec): void {
  const arrivals = schedulesOf(spec).reduce(
    (sum, { model, schedule }) => sum + (model === 'open' ? schedule.count(Infinity) : 0),
    0,
  );
  if (arrivals <= MAX_ARRIVALS) return;
  const message = `scenarios ask for ${arrivals} arrivals, at most ${MAX_ARRIVALS} can be planned`;
  throw new ProblemError('blast_radius_exceeded', message, [
    { path: 'scenarios', code: 'blast_radius_exceeded', message },
  ]);
}

function invalid(detail: string, issues: ProblemError['issues']): ProblemError {
  return new ProblemError('invalid_request', detail, issues);
}
