import { readFile } from 'node:fs/promises';
import { Agent as PlainAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

import { KubeError } from '../kube-error.ts';
import type { KubeConnection } from './kube-connection.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** `application/json` when undefined. */
  readonly accept?: string;
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** How long a whole answer may take, in ms. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The longest answer, and the longest line of a stream, in characters. */
const TEXT_MAX = 32 * 2 ** 20;

/** HTTP to one API server: whole answers, and streams of lines. Knows nothing of Kubernetes' objects. */
export class ApiClient {
  readonly #connection: KubeConnection;
  readonly #agent: PlainAgent;

  constructor(connection: KubeConnection) {
    const { credentials, ca, server } = connection;
    const limits = { keepAlive: true, maxSockets: 8 };
    this.#connection = connection;
    // A server on plain HTTP is one of the tests, or a `kubectl proxy`.
    this.#agent =
      server.protocol === 'http:'
        ? new PlainAgent(limits)
        : new TlsAgent({ ...limits, ca, ...(credentials.kind === 'certificate' ? credentials : {}) });
  }

  /** Sends `request` and returns the whole answer, whatever its status. Rejects with a `KubeError` without one. */
  async send(request: ApiRequest): Promise<ApiAnswer> {
    const name = nameOf(request);
    try {
      const response = await this.#open(request, AbortSignal.timeout(ANSWER_TIMEOUT_MS));
      return { status: response.statusCode ?? 0, body: await wholeText(response) };
    } catch (cause) {
      throw unreachable(name, cause);
    }
  }

  /**
   * The lines of a streamed answer, until the server ends it or `signal` fires. Rejects with a `KubeError` when the
   * status is not 200 or the stream breaks.
   */
  async *lines(request: ApiRequest, signal: AbortSignal): AsyncGenerator<string, void> {
    const name = nameOf(request);
    try {
      const response = await this.#open(request, signal);
      if (response.statusCode !== 200) {
        throw KubeError.ofAnswer(name, response.statusCode ?? 0, await wholeText(response));
      }
      yield* linesOf(response);
    } catch (cause) {
      if (signal.aborted) return;
      throw cause instanceof KubeError ? cause : unreachable(name, cause);
    }
  }

  /** Closes the idle connections; those in use close with their answer. */
  close(): void {
    this.#agent.destroy();
  }

  async #open(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const body = request.body === undefined ? '' : JSON.stringify(request.body);
    const headers = await this.#headers(request, body);
    const url = this.#urlOf(request);
    const send = url.protocol === 'http:' ? plainRequest : tlsRequest;
    return new Promise((resolve, reject) => {
      const outgoing = send(url, { method: request.method, headers, agent: this.#agent, signal }, resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  #urlOf({ path, query = {} }: ApiRequest): URL {
    const base = this.#connection.server;
    const url = new URL(base.pathname.replace(/\/$/, '') + path, base);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return url;
  }

  async #headers({ accept = 'application/json' }: ApiRequest, body: string): Promise<Record<string, string>> {
    const token = await this.#token();
    return {
      accept,
      'user-agent': 'pooler',
      // Node announces no body of a DELETE by itself.
      'content-length': String(Buffer.byteLength(body)),
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
  }

  async #token(): Promise<string | undefined> {
    const { credentials } = this.#connection;
    if (credentials.kind === 'token') return credentials.token;
    if (credentials.kind !== 'token-file') return undefined;
    const token = await readFile(credentials.path, 'utf8');
    return token.trim();
  }
}

async function wholeText(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of textChunks(response)) text = bounded(text + chunk);
  return text;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of textChunks(response)) {
    const lines = (rest + chunk).split('\n');
    rest = bounded(lines.pop() ?? '');
    yield* lines.filter((line) => line !== '');
  }
}

function textChunks(response: IncomingMessage): AsyncIterable<string> {
  return response.setEncoding('utf8');
}

function bounded(text: string): string {
  if (text.length > TEXT_MAX) throw new Error(`the answer is longer than ${TEXT_MAX} characters`);
  return text;
}

function nameOf({ method, path }: ApiRequest): string {
  return `${method} ${path}`;
}

function unreachable(name: string, cause: unknown): KubeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KubeError(`${name}: no answer from the Kubernetes API: ${why}`, {
    reason: 'Unreachable',
    cause,
  });
}
