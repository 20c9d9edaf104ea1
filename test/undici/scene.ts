import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ClientOptions } from '#libs/client';
import { PoolerDispatcher } from 'pooler/undici';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback, a dispatcher, and what the server sees of its connections. Gone when the test is over. */
export class Scene {
  readonly dispatcher: PoolerDispatcher;
  readonly url: string;
  readonly server: Server;
  readonly sockets: Socket[] = [];

  private constructor(server: Server, options: ClientOptions) {
    this.server = server;
    this.url = `http://127.0.0.1:${portOf(server)}`;
    this.dispatcher = new PoolerDispatcher(options);
    server.on('connection', (socket) => this.sockets.push(socket));
  }

  static async open(answer: Answer, options: ClientOptions = {}): Promise<Scene> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const scene = new Scene(server, options);
    onTestFinished(async () => {
      await scene.dispatcher.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return scene;
  }
}

/** When a connection is closed, be it by a reset. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.once('close', () => resolve());
  });
}

/** A port where nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  return isAddress(address) ? address.port : 0;
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/** Waits until a count has stood still over some rounds through the loop and the network. */
export async function stands(count: () => number, round: () => Promise<unknown>): Promise<number> {
  let before = count();
  for (let still = 0; still < 20;) {
    await round();
    const now = count();
    still = now === before ? still + 1 : 0;
    before = now;
  }
  return before;
}
