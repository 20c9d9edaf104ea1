import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';

import { invalidArgument, isLoopbackHost } from '#libs/kernel';

import { FAULTS_MAX, type InstalledFault } from './fault/fault-list.ts';
import { type FaultOrder, parseFaultOrder } from './fault/fault-order.ts';
import { httpUrl, listen } from './listen.ts';
import { type ControlSettings, WAIT_MAX_MS } from './options.ts';
import { readDurationMs } from './query-value.ts';
import { replyError, replyJson, replyMethodNotAllowed, replyRefusal } from './reply.ts';
import type { Crash, SupervisorState } from './supervisor.ts';

/** What the control server lets people do. */
export interface Controlled {
  state(): SupervisorState;
  crash(outageMs?: number): Crash | undefined;
  faults(): InstalledFault[];
  installFault(order: FaultOrder): Promise<InstalledFault | 'too-many' | 'unconfirmed'>;
  removeFaults(id?: string): Promise<number | 'unconfirmed'>;
}

export interface ControlServer {
  readonly port: number;
  /** `http://host:port`. */
  readonly url: string;
  close(): void;
}

/** Whether a request may pass; answers it when it may not. */
type Gate = (request: IncomingMessage, response: ServerResponse) => boolean;

const UNCONFIRMED = 'the target has not confirmed it in time; it will have it when it goes on';

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Answers `POST /crash`, `GET /state`, and `GET`, `POST` and `DELETE /faults`.
 *
 * On loopback a page in a browser of this machine must not reach it: a foreign `Host` (DNS rebinding) or `Origin` is
 * refused. With a token, which any other address needs, nothing is answered without it. Throws a `StartError` when it
 * cannot listen.
 */
export async function startControlServer(
  controlled: Controlled,
  { host, port: wantedPort, token }: ControlSettings,
): Promise<ControlServer> {
  const gates: Gate[] = [];
  if (isLoopbackHost(host)) gates.push(isOwnPage);
  if (token !== undefined) gates.push(holdsToken(token));
  const server: Server = createServer((request, response) => {
    if (gates.every((gate) => gate(request, response))) answer(controlled, request, response);
  });
  const port = await listen(server, host, wantedPort);
  return {
    port,
    url: httpUrl(host, port),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const isOwnPage: Gate = ({ headers: { host = '', origin } }, response) => {
  if (!LOOPBACK_NAMES.has(host.replace(/:\d+$/, '').toLowerCase())) {
    replyError(response, 403, 'Host must be localhost, 127.0.0.1 or [::1]');
    return false;
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    replyError(response, 403, 'requests from pages of another Origin are refused');
    return false;
  }
  return true;
};

/** Asks for `Authorization: Bearer TOKEN` (RFC 6750). Takes the same time however much of the token is right. */
function holdsToken(token: string): Gate {
  const wanted = sha256(`Bearer ${token}`);
  return ({ headers: { authorization = '' } }, response) => {
    // Hashes have one length, so that the token's own does not show.
    if (timingSafeEqual(sha256(authorization), wanted)) return true;
    response.setHeader('www-authenticate', 'Bearer');
    replyError(response, 401, 'the control server asks for its token: Authorization: Bearer TOKEN');
    return false;
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function answer(controlled: Controlled, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  if (path === '/crash') answerCrash(controlled, request, response, query);
  else if (path === '/state') answerState(controlled, request, response);
  else if (path === '/faults') void answerFaults(controlled, request, response, query);
  else replyError(response, 404, 'no such route: the control server answers /crash, /state and /faults');
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
    replyRefusal(response, error);
  }
}

/** Installs a fault, tells which there are, or removes one by its `id`, or all. An answer is one that is in force. */
async function answerFaults(
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
): Promise<void> {
  const { method = '' } = request;
  switch (method) {
    case 'GET':
    case 'HEAD':
      replyJson(response, 200, { faults: controlled.faults() });
      return;
    case 'POST':
      await answerInstall(controlled, response, query);
      return;
    case 'DELETE': {
      const removed = await controlled.removeFaults(new URLSearchParams(query).get('id') ?? undefined);
      if (removed === 'unconfirmed') replyError(response, 504, UNCONFIRMED);
      else replyJson(response, 200, { removed });
      return;
    }
    default:
      replyMethodNotAllowed(response, '/faults', 'GET, HEAD, POST, DELETE');
  }
}

async function answerInstall(controlled: Controlled, response: ServerResponse, query: string): Promise<void> {
  let order: FaultOrder;
  try {
    order = parseFaultOrder(query);
  } catch (error) {
    replyRefusal(response, error);
    return;
  }
  const fault = await controlled.installFault(order);
  if (fault === 'too-many') {
    replyError(response, 409, `there are ${FAULTS_MAX} faults already: remove one first`);
  } else if (fault === 'unconfirmed') replyError(response, 504, UNCONFIRMED);
  else replyJson(response, 201, fault);
}

function readOutageMs(query: string): number | undefined {
  const text = new URLSearchParams(query).get('outage');
  if (text === null) return undefined;
  const outageMs = readDurationMs(text, WAIT_MAX_MS);
  if (outageMs !== undefined) return outageMs;
  throw invalidArgument('outage', text, 'a duration from 0ms to 60s');
}
