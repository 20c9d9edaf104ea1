import { z } from 'zod';

/**
 * Every way in which the service refuses a request: the stable code, its HTTP status and its title (RFC 9457).
 * A code never changes its meaning; the table only grows.
 */
export const PROBLEMS = {
  not_json: { status: 400, title: 'The body is not JSON' },
  malformed: { status: 400, title: 'The request is not HTTP' },
  unauthorized: { status: 401, title: 'A valid bearer token is needed' },
  forbidden: { status: 403, title: 'The role of this token does not allow that' },
  foreign_request: { status: 403, title: 'Requests from another host or origin are refused' },
  not_found: { status: 404, title: 'There is nothing with that address' },
  too_slow: { status: 408, title: 'The request took too long to arrive' },
  lever_engaged: { status: 409, title: 'The safety lever is engaged' },
  conflict_running: { status: 409, title: 'A running campaign is in the way' },
  name_taken: { status: 409, title: 'That name is taken' },
  in_use: { status: 409, title: 'It is still in use' },
  not_finished: { status: 409, title: 'The run has not ended' },
  idempotency_key_reused: { status: 409, title: 'That Idempotency-Key came with another body' },
  idempotency_key_busy: { status: 409, title: 'The first request with that Idempotency-Key is under way' },
  too_large: { status: 413, title: 'The body is too large' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  unknown_target: { status: 422, title: 'No target has that name' },
  target_not_allowed: { status: 422, title: 'That address may not be a target' },
  blast_radius_exceeded: { status: 422, title: 'The campaign exceeds its limits' },
  faults_not_allowed: { status: 422, title: 'The target does not allow faults' },
  drills_not_allowed: { status: 422, title: 'The target does not allow drills' },
  no_control_url: { status: 422, title: 'The target has no control address for that fault' },
  limit_reached: { status: 422, title: 'No more of these may be kept' },
  headers_too_large: { status: 431, title: 'The header is too large' },
  internal: { status: 500, title: 'The service failed' },
  unavailable: { status: 503, title: 'The service cannot do that now' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

const CODES = Object.keys(PROBLEMS).filter((code): code is ProblemCode => Object.hasOwn(PROBLEMS, code));

/** One fault of a request, by the JSON path of the field it lies in (`scenarios.0.stages`; the empty text is all of it). */
export const problemIssue = z
  .strictObject({ path: z.string(), code: z.string(), message: z.string() })
  .meta({ id: 'ProblemIssue' });

export type ProblemIssue = z.output<typeof problemIssue>;

/** What every refusal looks like: `application/problem+json` (RFC 9457) with a stable `code`. */
export const problem = z
  .strictObject({
    type: z.string().describe('A URI reference that names the kind of problem.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('One sentence about this case, with its numbers.'),
    instance: z.string().describe('The path that was asked for.'),
    code: z.enum(CODES),
    errors: z.array(problemIssue).optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problem>;
