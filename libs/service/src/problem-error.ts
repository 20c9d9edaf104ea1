import { PROBLEMS, type ProblemCode, type ProblemIssue } from '#libs/contracts';

/** A refusal: the service understood, and says no. Becomes `application/problem+json` at the edge. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly issues: readonly ProblemIssue[] | undefined;

  /** @param detail one sentence about this case, with its numbers */
  constructor(code: ProblemCode, detail: string, issues?: readonly ProblemIssue[]) {
    super(detail);
    this.code = code;
    this.issues = issues;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

export function notFound(what: string, id: string): ProblemError {
  return new ProblemError('not_found', `there is no ${what} ${id}`);
}
