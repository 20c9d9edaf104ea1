import type { Pool, PoolOptions } from '#libs/pool';
import { RequestReader, type PeerSocket } from '#libs/testing';

/** The server's end of one connection, and what has come in on it. */
export class Peer {
  readonly socket: PeerSocket;
  /** Method, path and body of each whole request. */
  readonly requests: string[] = [];
  /** How the client left. */
  gone: 'fin' | 'reset' | undefined;

  constructor(socket: PeerSocket) {
    this.socket = socket;
    const reader = new RequestReader({
      onRequest: ({ method, path }, body) => this.requests.push(`${method} ${path} ${body}`.trim()),
    });
    socket.handler = {
      onBytes: (bytes) => reader.read(bytes),
      onGone: (how) => (this.gone = how),
    };
  }

  respond(body: string, fields = ''): void {
    this.socket.write(`HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`);
  }
}

/** A pool and a server with a network between them, virtual or real: what a test sees must be the same. */
export interface Stage {
  readonly pool: Pool;
  /** The connections that the server accepted, in order. */
  readonly peers: readonly Peer[];
  /** Lets the world go on until the condition holds. Throws when it never does. */
  until(condition: () => boolean): Promise<void>;
  /** The server listens no more. */
  stopListening(): Promise<void>;
  close(): Promise<void>;
}

export type MakeStage = (options: PoolOptions) => Promise<Stage>;

/** Lets the world go on until the promise is settled. */
export async function settled<T>(stage: Stage, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const watched = promise.finally(() => (isSettled = true));
  // Awaited below; the world may take longer than a turn until then.
  watched.catch(() => {});
  await stage.until(() => isSettled);
  return watched;
}
