import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Clock } from '#libs/kernel';

import { WAIT_MAX_MS } from './options.ts';
import { STATUS_MAX, STATUS_MIN } from './query-value.ts';
import { reply, replyError, replyJson, replyStatus } from './reply.ts';

/** One request on its way through the target. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
}

interface Route {
  /** As people read it, with the name of the number that it takes, if it takes one. */
  readonly path: string;
  readonly about: string;
  /** The methods it answers, as `Allow` lists them. Every method, when absent. */
  readonly allow?: string;
  /** Range of the number at the end of the path. No number, when absent. */
  readonly range?: { readonly min: number; readonly max: number };
  /** `number` is 0 for a route that takes none. */
  readonly answer: (call: Call, number: number) => void;
}

const BODY_MAX_BYTES = 2 ** 20;
const BYTES_MAX = 64 * 2 ** 20;

/** Exactly 15 bytes: the smallest answer that is still JSON worth reading. */
const HEALTH = Buffer.from('{"status":"ok"}');

/** What `/bytes/N` sends, over and over. */
const CHUNK = Buffer.alloc(64 * 2 ** 10, '0123456789abcdef');

/** All that the target answers. */
export const ROUTES: readonly Route[] = [
  {
    path: '/',
    about: 'this page',
    answer: ({ response }) => {
      const routes = Object.fromEntries(ROUTES.map(({ path, about }) => [path, about]));
      const faults = 'any route: ?status=503:10,404:5&delay=10ms:5 fails that percent of its requests';
      replyJson(response, 200, { name: 'pooler target', pid: process.pid, routes, faults });
    },
  },
  {
    path: '/health',
    about: 'the 15 bytes {"status":"ok"}',
    allow: 'GET, HEAD',
    answer: ({ response }) => {
      reply(response, 200, 'application/json', HEALTH);
    },
  },
  {
    path: '/echo',
    about: `the request's body and Content-Type, at most ${BODY_MAX_BYTES} bytes`,
    answer: echo,
  },
  {
    path: '/bytes/N',
    about: `N bytes, 0 to ${BYTES_MAX}`,
    range: { min: 0, max: BYTES_MAX },
    answer: ({ request, response }, length) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
      if (request.method === 'HEAD') response.end();
      else sendBytes(response, length);
    },
  },
  {
    path: '/delay/MS',
    about: `an answer after MS milliseconds, 0 to ${WAIT_MAX_MS}`,
    range: { min: 0, max: WAIT_MAX_MS },
    answer: (call, delayMs) => {
      answerLater(call, delayMs, () => {
        replyJson(call.response, 200, { delayMs });
      });
    },
  },
  {
    path: '/status/CODE',
    about: `the status CODE, ${STATUS_MIN} to ${STATUS_MAX}`,
    range: { min: STATUS_MIN, max: STATUS_MAX },
    answer: ({ response }, statusCode) => {
      replyStatus(response, statusCode);
    },
  },
];

const ROUTE_BY_STEM = new Map(ROUTES.map((route) => [stem(route.path), route]));

/** The route for `path` and, when it takes a number, the text in the number's place. */
export function findRoute(path: string): { readonly route: Route; readonly numberText: string } | undefined {
  const pathStem = stem(path);
  const route = ROUTE_BY_STEM.get(pathStem);
  return route && { route, numberText: path.slice(pathStem.length) };
}

/** Answers `delayMs` from now, unless the client has gone by then. */
export function answerLater({ response, clock }: Call, delayMs: number, answer: () => void): void {
  const timer = clock.setTimer(answer, delayMs);
  response.once('close', () => {
    timer.cancel();
  });
}

/** `/bytes/` of `/bytes/10`; a path of one segment is its own stem. */
function stem(path: string): string {
  return path.slice(0, path.indexOf('/', 1) + 1) || path;
}

function echo({ request, response }: Call): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > BODY_MAX_BYTES) {
      // Node discards the rest of the body once the answer is out, for as long as the server's requestTimeout allows.
      request.off('data', onData).off('end', onEnd);
      replyError(response, 413, `/echo takes a body of at most ${BODY_MAX_BYTES} bytes`);
      return;
    }
    chunks.push(chunk);
  };
  const onEnd = (): void => {
    const contentType = request.headers['content-type'] ?? 'application/octet-stream';
    reply(response, 200, contentType, Buffer.concat(chunks, length));
  };
  request.on('data', onData).on('end', onEnd);
}

/** Sends as much as the socket takes and goes on when it has drained. */
function sendBytes(response: ServerResponse, length: number): void {
  let remaining = length;
  while (remaining > CHUNK.length) {
    remaining -= CHUNK.length;
    if (!response.write(CHUNK)) {
      response.once('drain', () => {
        sendBytes(response, remaining);
      });
      return;
    }
  }
  response.end(CHUNK.subarray(0, remaining));
}
