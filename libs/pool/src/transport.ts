/**
 * The seam between a connection and its wire. TCP, UNIX sockets and TLS of `net/`, the virtual network of the tests and
 * the fault wrappers of `#libs/faults/apply` are its implementations.
 */

import type { TcpInfo } from './peer-watch.ts';

/** What a look at an idle wire found: still `alive`, a FIN, an RST, bytes that nobody asked for, or no way to look. */
export type ProbeResult = 'alive' | 'fin' | 'reset' | 'bytes' | 'unknown';

/** Hears one transport. No method is called from inside a call into the transport. */
export interface TransportHandler {
  /** The connection stands. Called once, before anything else but `onClose`. */
  onConnect(): void;
  /**
   * Bytes came in: the first `length` bytes of `buffer`, lent until the call returns. Copy what must outlive it; the
   * same memory is used for every connection of the thread.
   */
  onBytes(buffer: Buffer, length: number): void;
  /** Everything written before has been handed to the kernel, after `write` had returned false. */
  onDrain(): void;
  /** The peer sent FIN: no more bytes will come. */
  onEnd(): void;
  /** The wire is gone; `error` says why, where there is a why. The last call. */
  onClose(error: Error | undefined): void;
}

/** One wire to the peer. After `end` or `reset` its handler hears nothing more; a second `end` or `reset` is harmless. */
export interface Transport {
  /** Who hears it. A wrapper puts itself here and passes on. */
  handler: TransportHandler;
  /** Bytes that the kernel has accepted since the connection stands. Accepted is not received. */
  readonly bytesAccepted: number;
  /** True while bytes given to `write` still wait in this process. */
  readonly isSending: boolean;
  /** True while bytes or the end that came in still wait in this process, held by a fault. Absent where none ever do. */
  readonly isHolding?: boolean | undefined;
  /** Where it leads, once connected: the peer's IP address and the ports at both ends, or the path of a UNIX socket. */
  readonly addresses: TransportAddresses | undefined;
  /** How long its name took to resolve. Absent until it is, and where there is none to resolve. */
  readonly dnsMs?: number | undefined;
  /** How long the TLS handshake took, or has taken so far. Absent until it begins, and without TLS. */
  readonly tlsMs?: number | undefined;
  /** Sends bytes; a string is latin1. Returns false when they wait in this process: `onDrain` follows. */
  write(data: Uint8Array | string): boolean;
  /** Stops reading, for backpressure. */
  pause(): void;
  resume(): void;
  /** The file descriptor by which the kernel can be asked about several wires at once, where there is one. */
  readonly descriptor: number | undefined;
  /** What the kernel knows of the way to the peer: absent where it can't be asked, `undefined` where it does not say. */
  readonly tcpInfo?: (() => TcpInfo | undefined) | undefined;
  /**
   * Looks whether the idle wire is still usable, without waiting.
   * @param isQuiet the kernel was asked just now, and nothing has happened on this wire
   */
  probe(isQuiet?: boolean): ProbeResult;
  /** Closes the wire in good order (FIN). */
  end(): void;
  /** Cuts the wire (RST). */
  reset(): void;
}

export interface TransportAddresses {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
}

/** Makes wires to one origin. */
export interface Connector {
  /** Starts a dial. The handler hears `onConnect` or `onClose` later, never during the call. `end` gives the dial up. */
  dial(handler: TransportHandler): Transport;
  /** The IP addresses that the origin's name has now; left out, or `undefined`, where the origin has no name. */
  resolve?(): Promise<readonly string[]> | undefined;
}

/** Stands between one exchange and its wire for as long as the exchange lasts. Faults are made of it. */
export interface Interposer {
  /**
   * Returns the transport that the exchange shall use instead. It must pass on what it does not change.
   * @param connectionId counts the connections of the pool, from 1
   */
  interpose(inner: Transport, connectionId: number): Transport;
}
