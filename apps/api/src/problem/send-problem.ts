import type { Problem } from '#libs/contracts';
import type { HttpReply } from '../http.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** Answers with a problem (RFC 9457). */
export function sendProblem(reply: HttpReply, problem: Problem): void {
  // RFC 9110 section 15.5.2: a 401 says how to sign in.
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  reply.status(problem.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(problem));
}
