import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** An upstream that hands its connections to a test. Half-open: it ends when the test says so. */
export class TestUpstream implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #accepted: Peer[] = [];
  readonly #wanted: Array<(peer: Peer) => void> = [];

  private constructor(onConnection: ((socket: Socket) => void) | undefined) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
      if (onConnection) {
        onConnection(socket);
        return;
      }
      const peer = new Peer(socket);
      const wanted = this.#wanted.shift();
      if (wanted) wanted(peer);
      else this.#accepted.push(peer);
    });
  }

  /** Listens on a free port, or on `port`. `onConnection` takes every connection instead of `next`. */
  static async start(port = 0, onConnection?: (socket: Socket) => void): Promise<TestUpstream> {
    const upstream = new TestUpstream(onConnection);
    upstream.#server.listen(port, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  /** Gives back what it gets. */
  static echo(port = 0): Promise<TestUpstream> {
    return TestUpstream.start(port, (socket) => socket.pipe(socket));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** The next connection that comes, or has come. */
  next(): Promise<Peer> {
    const peer = this.#accepted.shift();
    if (peer) return Promise.resolve(peer);
    return new Promise((resolve) => {
      this.#wanted.push(resolve);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

/** One end of a connection, with all that befell it. */
export class Peer {
  readonly socket: Socket;
  /** `fin`, or the system's name of a failure; empty as long as it is open. */
  #end = '';
  #text = '';
  readonly #changed: Array<() => void> = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket
      .on('data', (bytes: Buffer) => {
        this.#text += bytes.toString();
        this.#wake();
      })
      .on('end', () => {
        this.#end ||= 'fin';
        this.#wake();
      })
      .on('error', (error) => {
        this.#end ||= 'code' in error ? String(error.code) : error.message;
        this.#wake();
      })
      .on('close', () => {
        this.#end ||= 'closed';
        this.#wake();
      });
  }

  /** A client of a loopback port. */
  static async dial(port: number): Promise<Peer> {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    const peer = new Peer(socket);
    if (socket.connecting) await once(socket, 'connect');
    return peer;
  }

  get text(): string {
    return this.#text;
  }

  /** Waits until at least `count` bytes in all have come. */
  async bytes(count: number): Promise<string> {
    await this.#until(() => this.#text.length >= count);
    return this.#text;
  }

  /** Waits for the end and tells how it came: `fin`, or the system's name of a failure. */
  async end(): Promise<string> {
    await this.#until(() => this.#end !== '');
    return this.#end;
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#end !== '' && this.#end !== 'fin') return;
      await new Promise<void>((resolve) => {
        this.#changed.push(resolve);
      });
    }
  }

  #wake(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }
}
