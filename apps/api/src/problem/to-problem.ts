import { HttpException } from '@nestjs/common';
import { PROBLEMS, type Problem, type ProblemCode } from '#libs/contracts';
import { PoolerError } from '#libs/kernel';
import { ProblemError, isRedisDown } from '#libs/service';

/** What Nest and Fastify refuse before we are asked, by status. */
const CODE_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'not_json',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'too_slow',
  413: 'too_large',
  415: 'not_json',
  431: 'headers_too_large',
};

/** Addresses that the router cannot read, or with an id longer than any: nothing is there. */
const NOWHERE: ReadonlySet<string> = new Set(['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH']);

/** Whatever was thrown, as the problem that the client sees. What is none of its business it does not see. */
export function toProblem(error: unknown, instance: string): Problem {
  return problemOf(refusalOf(error), instance);
}

/** Why a request is refused. */
interface Refusal extends Pick<ProblemError, 'code' | 'issues'> {
  readonly detail: string;
}

export function problemOf({ code, detail, issues }: Refusal, instance: string): Problem {
  const { status, title } = PROBLEMS[code];
  const errors = issues && [...issues];
  return {
    type: `urn:pooler:problem:${code}`,
    title,
    status,
    detail,
    instance,
    code,
    ...(errors && { errors }),
  };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof ProblemError) return { code: error.code, detail: error.message, issues: error.issues };
  if (error instanceof PoolerError && error.code === 'PLR_INVALID_ARGUMENT') {
    return { code: 'invalid_request', detail: error.message, issues: undefined };
  }
  if (NOWHERE.has(codeOf(error))) {
    return { code: 'not_found', detail: 'no address looks like this', issues: undefined };
  }
  const status = statusOf(error);
  const code = CODE_OF_STATUS[status];
  if (code !== undefined && error instanceof Error) return { code, detail: error.message, issues: undefined };
  if (isRedisDown(error)) {
    return { code: 'unavailable', detail: 'Redis does not answer', issues: undefined };
  }
  return { code: 'internal', detail: 'an unexpected error, which is in the log', issues: undefined };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
