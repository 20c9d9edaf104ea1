import type { ErrorCode } from '#libs/kernel';
import type { AttemptRecord, RequestRecord } from '#libs/records';

/** Whose doing it was. See `causeOf`. */
export type Cause = 'injected' | 'collateral' | 'organic' | 'none';

/** What the caller got. See `outcomeOf`. */
export type Outcome = 'fast-failed' | 'surfaced' | 'after-retry' | 'after-resend' | 'first-try';

/** Every logical request falls in exactly one cell: `injected/after-retry`, say. */
export type AttributionCell = `${Cause}/${Outcome}`;

export const CAUSES: readonly Cause[] = ['injected', 'collateral', 'organic', 'none'];

export const OUTCOMES: readonly Outcome[] = [
  'fast-failed',
  'surfaced',
  'after-retry',
  'after-resend',
  'first-try',
];

/** By cause and then by outcome. Some stay empty by their meaning: a request without a cause cannot fail. */
export const ATTRIBUTION_CELLS: readonly AttributionCell[] = CAUSES.flatMap((cause) =>
  OUTCOMES.map((outcome): AttributionCell => `${cause}/${outcome}`),
);

/** The cell of a request that is over. */
export function cellOf(record: RequestRecord): AttributionCell {
  return `${causeOf(record)}/${outcomeOf(record)}`;
}

/**
 * The first that applies:
 *
 * - `injected`: a fault of its own struck one of its attempts.
 * - `collateral`: one of its attempts failed by a fault that was another's, or its last error was of that kind:
 *   `AttemptError.collateral` says how that is known.
 * - `organic`: it failed, or one of its attempts did, in any other way; also while faults were on.
 * - `none`: nothing went wrong.
 */
export function causeOf({ attempts, error, isOk }: RequestRecord): Cause {
  if (attempts.some((attempt) => attempt.fault !== undefined)) return 'injected';
  if (error?.collateral || attempts.some((attempt) => attempt.error?.collateral)) return 'collateral';
  return isOk && !attempts.some(hasFailed) ? 'none' : 'organic';
}

/**
 * - `fast-failed`: refused by the breaker, or had no connection in time, and no byte of any attempt was written: the
 *   peer was spared, and the caller did not wait for it.
 * - `surfaced`: failed otherwise.
 * - `after-retry`, `after-resend`, `first-try`: well in the end, and what it took; a policy retry outweighs a re-send.
 */
export function outcomeOf({ attempts, error, isOk }: RequestRecord): Outcome {
  if (!isOk) return isFastFailure(error?.code) && !attempts.some(wasSent) ? 'fast-failed' : 'surfaced';
  if (attempts.some(({ kind }) => kind === 'policy')) return 'after-retry';
  return attempts.some(({ kind }) => kind === 'resend') ? 'after-resend' : 'first-try';
}

/** Whether an attempt failed, and by no fault of the client's own. */
export function isOrganicFailure(attempt: AttemptRecord): boolean {
  return hasFailed(attempt) && attempt.fault === undefined && attempt.error?.collateral === undefined;
}

function isFastFailure(code: ErrorCode | undefined): boolean {
  return code === 'PLR_CIRCUIT_OPEN' || code === 'PLR_QUEUE_FULL' || code === 'PLR_ACQUIRE_TIMEOUT';
}

function hasFailed({ error, statusCode = 0 }: AttemptRecord): boolean {
  return error !== undefined || statusCode >= 400;
}

/** Whether a byte of it may have left. While an answer is still coming, what was written is not counted yet. */
function wasSent({ requestBytesWritten, statusCode }: AttemptRecord): boolean {
  return requestBytesWritten > 0 || statusCode !== undefined;
}
