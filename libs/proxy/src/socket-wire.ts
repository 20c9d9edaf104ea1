import type { Socket } from 'node:net';
import type { Clock, Timer } from '#libs/kernel';
import type { Ending } from './link/step.ts';
import type { Wire } from './link/wire.ts';

/** How long a closed connection may take to get rid of what was written to it, in ms. */
const FLUSH_MAX_MS = 1_000;

/** Hears one end of a connection. */
export interface WireListener {
  onBytes(bytes: Buffer): void;
  onEnd(ending: Ending): void;
  onDrain(): void;
  /** The socket is gone. The last call. */
  onGone(): void;
}

/** One end of a proxied connection over a socket. */
export class SocketWire implements Wire {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #flushDeadline: Timer | undefined;

  /** Begins to read. */
  constructor(socket: Socket, clock: Clock, listener: WireListener) {
    this.#socket = socket;
    this.#clock = clock;
    let ending: Ending = 'close';
    socket
      .on('data', (bytes: Buffer) => {
        listener.onBytes(bytes);
      })
      .on('drain', () => {
        listener.onDrain();
      })
      .on('end', () => {
        listener.onEnd('fin');
      })
      .on('error', (error) => {
        // A peer that has reset its end; EPIPE tells of it when a write comes before the read.
        if ('code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) ending = 'reset';
      })
      .on('close', () => {
        this.#flushDeadline?.cancel();
        listener.onEnd(ending);
        listener.onGone();
      });
    socket.resume();
  }

  write(bytes: Buffer, whenSent?: () => void): boolean {
    return this.#socket.write(bytes, whenSent);
  }

  end(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends what was written, then FIN, and lets go. A peer that takes nothing is not waited for. */
  close(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.destroySoon();
    if (this.#flushDeadline) return;
    this.#flushDeadline = this.#clock.setTimer(() => {
      socket.destroy();
    }, FLUSH_MAX_MS);
  }

  /** Lets go with RST: what was written and not yet received is lost. */
  reset(): void {
    if (!this.#socket.destroyed) this.#socket.resetAndDestroy();
  }
}
