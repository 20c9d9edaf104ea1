import { Buffer } from 'node:buffer';
import type { OnReadOpts, Socket } from 'node:net';
import type { Clock } from '#libs/kernel';
import type { ProbeResult, Transport, TransportAddresses, TransportHandler } from '../transport.ts';
import type { Validation } from '../validation/tier.ts';
import type { Route } from './route.ts';

/**
 * Every connection of the thread reads into the same memory: libuv, or OpenSSL, fills it and calls back at once, and
 * nothing keeps a slice of it beyond that call. So 5,000 idle connections need one buffer.
 */
const SHARED_READ_BUFFER = Buffer.allocUnsafeSlow(128 * 1024);

/** The part of a socket's handle that Node does not document: guarded, and nothing breaks without it. */
export interface SocketHandle {
  readonly fd?: number;
  /** Of the bytes that came to the handle, how many the kernel has not taken yet. */
  readonly writeQueueSize?: number;
  /** How many came to the handle. */
  readonly bytesWritten?: number;
  close?: unknown;
  readonly reset?: unknown;
}

/** A `net.Socket`, over TCP or a UNIX socket, behind the transport seam. */
export class NetTransport implements Transport {
  handler: TransportHandler;
  readonly onread: OnReadOpts;
  protected readonly validation: Validation;
  protected readonly clock: Clock;
  protected bytesGiven = 0;
  /** After `end` or `reset` the handler hears nothing. */
  protected isOver = false;
  protected handle: SocketHandle | undefined;
  #socket: Socket | undefined;
  /** Read once: asking the handle costs as much as half a probe. Never used after the socket is destroyed. */
  descriptor: number | undefined;
  #addresses: TransportAddresses | undefined;
  readonly #route: Route | undefined;
  tcpInfo: Transport['tcpInfo'] = undefined;
  dnsMs: number | undefined = undefined;

  constructor(handler: TransportHandler, validation: Validation, clock: Clock, route?: Route) {
    this.handler = handler;
    this.validation = validation;
    this.clock = clock;
    this.#route = route;
    this.onread = {
      buffer: SHARED_READ_BUFFER,
      callback: (length: number): boolean => {
        if (!this.isOver) this.handler.onBytes(SHARED_READ_BUFFER, length);
        return true;
      },
    };
  }

  /** Takes the socket, once, before any of its events. */
  attach(socket: Socket): void {
    this.#socket = socket;
    const attachedAtMs = this.clock.nowMs();
    // Not of an address or a UNIX socket; once for each address of a name.
    socket.once('lookup', () => {
      this.dnsMs = this.clock.nowMs() - attachedAtMs;
    });
    let dialled: string | undefined;
    socket.on('connectionAttempt', (address) => {
      dialled = address;
    });
    const onAttemptFailed = (address: string): void => this.#route?.onConnectFailed(address);
    socket.on('connectionAttemptFailed', onAttemptFailed);
    socket.on('connectionAttemptTimeout', onAttemptFailed);
    socket.on('connect', () => {
      if (this.isOver) return;
      this.handle = handleOf(socket, '_handle');
      this.descriptor = this.handle?.fd;
      // A peer that has reset the connection already has no name any more (ENOTCONN).
      this.#addresses = addressesOf(socket, this.#route?.path ?? socket.remoteAddress ?? dialled);
      if (this.descriptor !== undefined) this.tcpInfo = this.#route?.watch(this.descriptor);
      this.onConnected();
    });
    socket.on('drain', () => {
      if (!this.isOver) this.handler.onDrain();
    });
    socket.on('end', () => {
      if (!this.isOver) this.onEnded();
    });
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      if (this.isOver) return;
      this.isOver = true;
      this.onClosed(failure);
    });
  }

  get bytesAccepted(): number {
    if (!this.isSending) return this.bytesGiven;
    const { writeQueueSize, bytesWritten = this.bytesGiven } = this.handle ?? {};
    // What was written behind a write under way has not come to the handle yet. A closed handle knows nothing.
    return writeQueueSize === undefined ? this.bytesGiven : bytesWritten - writeQueueSize;
  }

  get isSending(): boolean {
    return this.bytesWaiting > 0;
  }

  /** Bytes given to `write` that are not known to be in the kernel. */
  protected get bytesWaiting(): number {
    return this.#socket?.writableLength ?? 0;
  }

  get addresses(): TransportAddresses | undefined {
    return this.#addresses;
  }

  write(data: Uint8Array | string): boolean {
    const socket = this.#socket;
    if (!socket || this.isOver) return true;
    const hasRoom = typeof data === 'string' ? socket.write(data, 'latin1') : socket.write(data);
    // A write that fails at once (EPIPE, ECONNRESET) gave the kernel nothing; 'close' follows.
    if (socket.errored === null) this.bytesGiven += data.length;
    return hasRoom;
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  probe(isQuiet?: boolean): ProbeResult {
    const socket = this.#socket;
    if (!socket || socket.destroyed || this.isOver) return 'reset';
    if (socket.readableEnded || !socket.writable) return 'fin';
    return isQuiet ? 'alive' : this.validation.probe(this.descriptor);
  }

  end(): void {
    this.isOver = true;
    // Closing the descriptor sends FIN and frees it at once; waiting for the peer's FIN would hold it.
    this.#socket?.destroy();
  }

  reset(): void {
    this.isOver = true;
    const socket = this.#socket;
    if (!socket) return;
    // A socket that is still connecting would put the reset off until it is connected; a UNIX socket knows no RST.
    if (socket.connecting || this.#route?.path !== undefined) socket.destroy();
    else this.cut(socket);
  }

  /** Closes a connected TCP socket with RST. */
  protected cut(socket: Socket): void {
    socket.resetAndDestroy();
  }

  /** The socket stands. */
  protected onConnected(): void {
    this.handler.onConnect();
  }

  /** The peer sent FIN. */
  protected onEnded(): void {
    this.handler.onEnd();
  }

  /** The socket is gone. */
  protected onClosed(failure: Error | undefined): void {
    this.handler.onClose(failure);
  }
}

/** The handle of a socket, or the TCP handle below that of TLS, where there is one. */
export function handleOf(owner: object, name: '_handle' | '_parent'): SocketHandle | undefined {
  const handle: unknown = Reflect.get(owner, name);
  if (typeof handle !== 'object' || handle === null) return undefined;
  return handle;
}

function addressesOf(socket: Socket, remoteAddress: string | undefined): TransportAddresses {
  return {
    remoteAddress: remoteAddress ?? '',
    remotePort: socket.remotePort ?? 0,
    localPort: socket.localPort ?? 0,
  };
}
