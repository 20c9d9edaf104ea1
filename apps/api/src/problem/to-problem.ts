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
  405: 'not_found',
  413: 'too_large',
  415: 'not_json',
};

/** Whatever was thrown, as the problem that the client sees. What is none of its business it does not see. */
export function toProblem(error: unknown, instance: string): Problem {
  const { code, detail, issues } = refusalOf(error);
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

function refusalOf(error: unknown): Pick<ProblemError, 'code' | 'issues'> & { readonly detail: string } {
  if (error instanceof ProblemError) return { code: error.code, detail: error.message, issues: error.issues };
  if (error instanceof PoolerError && error.code === 'PLR_INVALID_ARGUMENT') {
    return { code: 'invalid_request', detail: error.message, issues: undefined };
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
