import { Buffer } from 'node:buffer';
import type { OnReadOpts, Socket } from 'node:net';
import type { ProbeResult, Transport, TransportAddresses, TransportHandler } from '../transport.ts';
import type { Validation } from '../validation/tier.ts';

/**
 * Every connection of the thread reads into the same memory: libuv fills it and calls back at once, and nothing keeps a
 * slice of it beyond that call. So 5,000 idle connections need one buffer.
 */
const SHARED_READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** The part of a socket's handle that Node does not document: guarded, and nothing breaks without it. */
interface SocketHandle {
  readonly fd?: number;
  readonly writeQueueSize?: number;
}

/** A `net.Socket` behind the transport seam. */
export class NetTransport implements Transport {
  handler: TransportHandler;
  readonly onread: OnReadOpts;
  readonly #validation: Validation;
  #socket: Socket | undefined;
  #handle: SocketHandle | undefined;
  /** Read once: asking the handle costs as much as half a probe. Never used after the socket is destroyed. */
  #fd: number | undefined;
  #addresses: TransportAddresses | undefined;
  #bytesGiven = 0;
  /** After `end` or `reset` the handler hears nothing. */
  #isOver = false;

  constructor(handler: TransportHandler, validation: Validation) {
    this.handler = handler;
    this.#validation = validation;
    this.onread = {
      buffer: SHARED_READ_BUFFER,
      callback: (length: number): boolean => {
        if (!this.#isOver) this.handler.onBytes(SHARED_READ_BUFFER, length);
        return true;
      },
    };
  }

  /** Takes the socket, once, before any of its events. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('connect', () => {
      if (this.#isOver) return;
      this.#handle = handleOf(socket);
      this.#fd = this.#handle?.fd;
      this.#addresses = addressesOf(socket);
      this.handler.onConnect();
    });
    socket.on('drain', () => {
      if (!this.#isOver) this.handler.onDrain();
    });
    socket.on('end', () => {
      if (!this.#isOver) this.handler.onEnd();
    });
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.handler.onClose(failure);
    });
  }

  get bytesAccepted(): number {
    return this.isSending ? this.#bytesGiven - (this.#handle?.writeQueueSize ?? 0) : this.#bytesGiven;
  }

  get isSending(): boolean {
    return this.#socket !== undefined && this.#socket.writableLength > 0;
  }

  get addresses(): TransportAddresses | undefined {
    return this.#addresses;
  }

  write(data: Uint8Array | string): boolean {
    const socket = this.#socket;
    if (!socket || this.#isOver) return true;
    const hasRoom = typeof data === 'string' ? socket.write(data, 'latin1') : socket.write(data);
    // A write that fails at once (EPIPE, ECONNRESET) gave the kernel nothing; 'close' follows.
    if (socket.errored === null) this.#bytesGiven += data.length;
    return hasRoom;
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  probe(): ProbeResult {
    const socket = this.#socket;
    if (!socket || socket.destroyed || this.#isOver) return 'reset';
    if (socket.readableEnded || !socket.writable) return 'fin';
    return this.#validation.probe(this.#fd);
  }

  end(): void {
    this.#isOver = true;
    // Closing the descriptor sends FIN and frees it at once; waiting for the peer's FIN would hold it.
    this.#socket?.destroy();
  }

  reset(): void {
    this.#isOver = true;
    this.#socket?.resetAndDestroy();
  }
}

function handleOf(socket: Socket): SocketHandle | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  return handle;
}

function addressesOf(socket: Socket): TransportAddresses {
  return {
    remoteAddress: socket.remoteAddress ?? '',
    remotePort: socket.remotePort ?? 0,
    localPort: socket.localPort ?? 0,
  };
}
