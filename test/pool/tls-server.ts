import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { SecureVersion, TLSSocket, TlsOptions } from 'node:tls';
import { tlsFixture } from '../fixtures/tls/index.ts';

/** An HTTPS server that says what it has seen of each connection. */
export class TlsServer implements AsyncDisposable {
  /** Of each connection whose handshake was complete: whether it resumed a session. */
  readonly resumed: boolean[] = [];
  readonly protocols: Array<string | null> = [];
  readonly sockets: TLSSocket[] = [];
  requests = 0;
  readonly #server: Server;

  constructor(options: TlsOptions = {}) {
    const certified = { key: tlsFixture('leaf.key'), cert: tlsFixture('server.pem') };
    this.#server = createServer(
      { ...certified, keepAliveTimeout: 60_000, ...options },
      (request, response) => {
        this.requests += 1;
        request.resume();
        response.end(`${request.method} ${request.url}`);
      },
    );
    this.#server.on('secureConnection', (socket) => {
      this.resumed.push(socket.isSessionReused());
      this.protocols.push(socket.getProtocol());
      this.sockets.push(socket);
    });
  }

  static async start(options?: TlsOptions): Promise<TlsServer> {
    const server = new TlsServer(options);
    await server.listen({ host: '127.0.0.1', port: 0 });
    return server;
  }

  static async startOf(maxVersion: SecureVersion, options: TlsOptions = {}): Promise<TlsServer> {
    return TlsServer.start({ maxVersion, ...options });
  }

  async listen(where: { host: string; port: number } | { path: string }): Promise<void> {
    this.#server.listen(where);
    await once(this.#server, 'listening');
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** By address. */
  get origin(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
