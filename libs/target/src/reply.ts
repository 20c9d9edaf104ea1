import type { ServerResponse } from 'node:http';

import { PoolerError } from '#libs/kernel';

/** Statuses whose response has no content: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5. */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);

/** Answers with a whole body. Node leaves the body out of an answer to HEAD but keeps its Content-Length. */
export function reply(response: ServerResponse, statusCode: number, contentType: string, body: Buffer): void {
  response.writeHead(statusCode, { 'content-type': contentType, 'content-length': body.length });
  response.end(body);
}

export function replyJson(response: ServerResponse, statusCode: number, value: unknown): void {
  reply(response, statusCode, 'application/json', Buffer.from(JSON.stringify(value)));
}

/** Answers with one sentence that says what was wrong. */
export function replyError(response: ServerResponse, statusCode: number, sentence: string): void {
  replyJson(response, statusCode, { error: sentence });
}

/** Answers a request that was refused with the sentence of its refusal. Throws any other error on. */
export function replyRefusal(response: ServerResponse, error: unknown): void {
  if (!(error instanceof PoolerError)) throw error;
  replyError(response, 400, error.message);
}

/** Refuses a method: RFC 9110, section 15.5.6, asks for the `Allow` field. */
export function replyMethodNotAllowed(response: ServerResponse, path: string, allowed: string): void {
  response.setHeader('allow', allowed);
  replyError(response, 405, `${path} answers ${allowed} only`);
}

/** Answers with a bare status, which its body repeats where the status may have one. */
export function replyStatus(response: ServerResponse, statusCode: number): void {
  if (WITHOUT_CONTENT.has(statusCode)) response.writeHead(statusCode).end();
  else replyJson(response, statusCode, { status: statusCode });
}
