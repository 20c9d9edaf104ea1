import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool, type PoolOptions } from '#libs/pool';
import type { PeerHandler, PeerSocket } from '#libs/testing';
import { Peer, type Stage } from './stage.ts';

const LIMIT_MS = 10_000;

/** Sockets of this machine and its own clock. */
export async function makeLoopbackStage(options: PoolOptions): Promise<Stage> {
  const peers: Peer[] = [];
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    peers.push(new Peer(new LoopbackPeerSocket(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a server on a port has an address');
  const pool = new Pool(`http://127.0.0.1:${address.port}`, options);
  return {
    pool,
    peers,
    until: async (condition) => {
      const limitAtMs = performance.now() + LIMIT_MS;
      while (!condition()) {
        if (performance.now() > limitAtMs) throw new Error('it never came to this on loopback');
        await wait(1);
      }
    },
    stopListening: async () => {
      server.close();
    },
    close: async () => {
      await pool.destroy();
      for (const { socket } of peers) socket.reset();
      server.close();
    },
  };
}

class LoopbackPeerSocket implements PeerSocket {
  handler: PeerHandler = { onBytes: () => {}, onGone: () => {} };
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    let isReset = false;
    socket.on('data', (bytes: Buffer) => this.handler.onBytes(bytes));
    socket.on('error', () => (isReset = true));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.handler.onGone(isReset ? 'reset' : 'fin'));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  write(data: string | Buffer): void {
    this.#socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  end(): void {
    this.#socket.destroySoon();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}
