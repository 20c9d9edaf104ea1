import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

/** A server that counts, and whose answers the test decides on. */
export class TestServer implements AsyncDisposable {
  connections = 0;
  requests = 0;
  /** The status of request number `n`, from 1; `hold` leaves it unanswered until `release`. */
  answer: (n: number) => number | 'hold' = () => 200;
  body = 'ok';
  readonly #server = createServer((_request, response) => {
    this.requests += 1;
    this.#onRequest?.();
    const status = this.answer(this.requests);
    if (status === 'hold') this.#held.push(response);
    else response.writeHead(status).end(this.body);
  });
  #held: ServerResponse[] = [];
  #onRequest: (() => void) | undefined;

  static async start(): Promise<TestServer> {
    const server = new TestServer();
    server.#server.on('connection', () => {
      server.connections += 1;
    });
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address ? String(address.port) : '';
  }

  /** Resolves when `count` requests have come. */
  async received(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onRequest = () => {
        if (this.requests >= count) resolve();
      };
      this.#onRequest();
    });
  }

  /** Answers what is held, and everything from now on. */
  release(): void {
    this.answer = () => 200;
    for (const response of this.#held.splice(0)) response.end(this.body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
