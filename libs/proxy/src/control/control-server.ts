import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ProxySet } from '../proxy-set.ts';
import { answer } from './router.ts';
import { refusalOf } from './request-guard.ts';
import type { Reply } from './routes.ts';

const BODY_MAX_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 200;

/** The control API of a set of proxies, on a port of its own. */
export class ControlServer {
  readonly #server: Server;
  readonly #host: string;

  constructor(proxies: ProxySet, host: string) {
    this.#host = host;
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('request', (request, response) => {
      void this.#serve(proxies, request, response);
    });
  }

  /** Listens and returns the port. Rejects with the system's error. */
  async listen(port: number): Promise<number> {
    this.#server.listen({ host: this.#host, port });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(proxies: ProxySet, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request, this.#host);
    if (refusal !== undefined) {
      send(response, { statusCode: 403, contentType: 'text/plain; charset=utf-8', body: `${refusal}\n` });
      return;
    }
    let body: string | undefined;
    try {
      body = await readBody(request);
    } catch {
      // The client has gone before its request was complete.
      response.destroy();
      return;
    }
    if (body === undefined) {
      const error = { error: `bad request body: longer than ${BODY_MAX_BYTES} bytes`, status: 413 };
      response.setHeader('connection', 'close');
      send(response, {
        statusCode: 413,
        contentType: 'text/plain; charset=utf-8',
        body: `${JSON.stringify(error)}\n`,
      });
      return;
    }
    const [path = ''] = (request.url ?? '').split('?', 1);
    send(response, await answer(proxies, { method: request.method ?? '', path, body }));
  }
}

function send(response: ServerResponse, { statusCode, contentType, body }: Reply): void {
  if (contentType !== '') response.setHeader('content-type', contentType);
  // Go's http.Error adds it, and so every refusal of Toxiproxy's has it that is plain text.
  if (statusCode >= 400 && contentType.startsWith('text/'))
    response.setHeader('x-content-type-options', 'nosniff');
  if (statusCode !== 204) response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(statusCode).end(body);
}

/** The whole body; `undefined` when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
