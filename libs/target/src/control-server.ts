import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';

import { PoolerError, invalidArgument, parseDurationMs } from '#libs/kernel';

import { httpUrl, listen } from './listen.ts';
import { WAIT_MAX_MS } from './options.ts';
import { replyError, replyJson, replyMethodNotAllowed } from './reply.ts';
import type { Crash, SupervisorState } from './supervisor.ts';

/** What the control server lets people do. */
export interface Controlled {
  state(): SupervisorState;
  crash(outageMs?: number): Crash | undefined;
}

export interface ControlServer {
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  close(): void;
}

const LOOPBACK = '127.0.0.1';
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', LOOPBACK, '[::1]']);

/**
 * Answers `POST /crash` and `GET /state` on a loopback port.
 *
 * It has no password, so it listens on loopback only, and a page in a browser of this machine cannot reach it either:
 * a foreign `Host` (DNS rebinding) or `Origin` is refused. Throws a `StartError` when it cannot listen.
 */
export async function startControlServer(controlled: Controlled, wantedPort: number): Promise<ControlServer> {
  const server: Server = createServer((request, response) => {
    answer(controlled, request, response);
  });
  const port = await listen(server, LOOPBACK, wantedPort);
  return {
    port,
    url: httpUrl(LOOPBACK, port),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(controlled: Controlled, request: IncomingMessage, response: ServerResponse): void {
  const { host = '', origin } = request.headers;
  if (!LOOPBACK_NAMES.has(host.replace(/:\d+$/, '').toLowerCase())) {
    replyError(response, 403, 'Host must be localhost, 127.0.0.1 or [::1]');
    return;
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    replyError(response, 403, 'requests from pages of another Origin are refused');
    return;
  }
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  if (path === '/crash') answerCrash(controlled, request, response, query);
  else if (path === '/state') answerState(controlled, request, response);
  else replyError(response, 404, 'no such route: the control server answers POST /crash and GET /state');
}

function answerState(controlled: Controlled, request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'GET' || request.method === 'HEAD') replyJson(response, 200, controlled.state());
  else replyMethodNotAllowed(response, '/state', 'GET, HEAD');
}

function answerCrash(
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
): void {
  if (request.method !== 'POST') {
    replyMethodNotAllowed(response, '/crash', 'POST');
    return;
  }
  try {
    const crash = controlled.crash(readOutageMs(query));
    if (crash) replyJson(response, 202, crash);
    else replyError(response, 409, 'the target is not up, so it cannot crash');
  } catch (error) {
    if (!(error instanceof PoolerError)) throw error;
    replyError(response, 400, error.message);
  }
}

function readOutageMs(query: string): number | undefined {
  const text = new URLSearchParams(query).get('outage');
  if (text === null) return undefined;
  const outageMs = parseDurationMs(text);
  if (outageMs !== undefined && outageMs <= WAIT_MAX_MS) return outageMs;
  throw invalidArgument('outage', text, 'a duration from 0ms to 60s');
}
