import { Buffer } from 'node:buffer';
import type { PeerHandler, PeerSocket } from './peer-socket.ts';
import type { Signal } from './pipe.ts';

const DEAF: PeerHandler = { onBytes: () => {}, onGone: () => {} };

/** The server's end of a virtual wire. */
export class VirtualSocket implements PeerSocket {
  handler: PeerHandler = DEAF;
  readonly #send: (signal: Signal) => void;
  /** The client may send so many bytes more. */
  readonly #grantBytes: (count: number) => void;
  #life: 'dialled' | 'open' | 'ended' | 'reset' | 'gone' = 'dialled';
  #isPaused = false;
  #unread: Signal[] = [];

  constructor(send: (signal: Signal) => void, grantBytes: (count: number) => void) {
    this.#send = send;
    this.#grantBytes = grantBytes;
  }

  get isOpen(): boolean {
    return this.#life === 'open';
  }

  write(data: string | Buffer): void {
    if (!this.isOpen || data.length === 0) return;
    this.#send({ kind: 'bytes', bytes: typeof data === 'string' ? Buffer.from(data, 'latin1') : data });
  }

  end(): void {
    if (!this.isOpen) return;
    // A close that leaves bytes unread is an RST (RFC 1122, section 4.2.2.13).
    if (this.#unread.length > 0) return this.reset();
    this.#life = 'ended';
    this.#send({ kind: 'fin' });
    return undefined;
  }

  reset(): void {
    if (this.#life !== 'open' && this.#life !== 'ended') return;
    this.#life = 'reset';
    this.#unread = [];
    this.#send({ kind: 'reset' });
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (let signal = this.#unread.shift(); signal; signal = this.#unread.shift()) this.#hear(signal);
  }

  /** The dial has reached the server. For the wire. */
  open(): void {
    this.#life = 'open';
  }

  /** Something came in from the client. For the wire. */
  arrive(signal: Signal): void {
    // Nobody reads here any more: the answer to bytes is an RST.
    if (this.#life === 'ended' && signal.kind === 'bytes') this.reset();
    if (!this.isOpen) return;
    if (this.#isPaused && signal.kind !== 'reset') this.#unread.push(signal);
    else this.#hear(signal);
  }

  #hear(signal: Signal): void {
    if (signal.kind === 'bytes') {
      this.#grantBytes(signal.bytes.length);
      this.handler.onBytes(signal.bytes);
      return;
    }
    this.#life = 'gone';
    this.#unread = [];
    this.handler.onGone(signal.kind);
  }
}
