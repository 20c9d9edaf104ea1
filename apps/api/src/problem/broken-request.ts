import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEMS, type ProblemCode } from '#libs/contracts';
import { HARDENING } from '../hardening.ts';
import { PROBLEM_TYPE } from './send-problem.ts';
import { problemOf, toProblem } from './to-problem.ts';

/** Answers a request whose address the router cannot read. It comes before any hook, so no reply of Nest's is there. */
export function answerUnroutable(
  error: Error,
  request: { readonly url: string },
  { raw }: { readonly raw: ServerResponse },
): void {
  const problem = toProblem(error, request.url);
  raw
    .writeHead(problem.status, { 'content-type': PROBLEM_TYPE, ...HARDENING, 'cache-control': 'no-store' })
    .end(JSON.stringify(problem));
}

/** What Node calls a request that it could not read, where that is not the parser's `HPE_...`. */
const CODE_OF_ERROR: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'too_slow',
};

/** Answers, on the bare socket, a request that never became one. Nobody knows where the next would begin, so it closes. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = CODE_OF_ERROR[error.code ?? ''] ?? 'malformed';
  const { status, title } = PROBLEMS[code];
  const body = JSON.stringify(problemOf({ code, detail: 'nothing was done', issues: undefined }, ''));
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}
