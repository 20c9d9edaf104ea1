import { Buffer } from 'node:buffer';
import type { ProbeResult, Transport, TransportAddresses, TransportHandler } from '#libs/pool';
import { systemError } from '../system-error.ts';
import type { Signal } from './pipe.ts';

/** What the kernel of the client knows of a connection, and its process may not have heard yet. */
type KernelEvent =
  | Signal
  | { readonly kind: 'connected' }
  | { readonly kind: 'failed'; readonly errno: string };

/** What a wire needs of the network. */
export interface WireSeams {
  readonly remoteAddress: string;
  readonly localPort: number;
  /** How many bytes the kernel takes before the peer has read them. */
  readonly windowBytes: number;
  /** Where bytes are read to. */
  readonly readBuffer: Buffer;
  /** Puts something on its way to the peer. */
  readonly send: (signal: Signal) => void;
  /** The kernel knows something new. Has `hear` called when the loop polls, at once where it waits for that. */
  readonly onNews: (transport: VirtualTransport) => void;
  /** Has `hear` called later: the handler must not be called from inside a call into its transport. */
  readonly onResumed: (transport: VirtualTransport) => void;
  /** Bytes are about to go out; before anything of them is accepted. */
  readonly onWrite: (transport: VirtualTransport, data: Uint8Array | string) => void;
  /** The client has closed it or lost it. */
  readonly onOver: (transport: VirtualTransport) => void;
  /** What a look can see: what the kernel knows, only what was heard, or nothing at all. */
  readonly sight: Sight;
}

export type Sight = 'kernel' | 'loop' | 'blind';

/**
 * The client's end of a virtual wire. Between what its kernel knows and what its handler has heard lies a turn of the
 * event loop, which is where connections die unseen.
 */
export class VirtualTransport implements Transport {
  handler: TransportHandler;
  /** No kernel can be asked about it. */
  readonly descriptor = undefined;
  bytesAccepted = 0;
  readonly #seams: WireSeams;
  #life: 'dialing' | 'connected' | 'over' = 'dialing';
  #known: KernelEvent[] = [];
  #outgoing: Buffer[] = [];
  #windowBytes: number;
  #isPaused = false;
  #hasHeardFin = false;
  #isReset = false;

  constructor(handler: TransportHandler, seams: WireSeams) {
    this.handler = handler;
    this.#seams = seams;
    this.#windowBytes = seams.windowBytes;
  }

  get life(): 'dialing' | 'connected' | 'over' {
    return this.#life;
  }

  get addresses(): TransportAddresses | undefined {
    if (this.#life === 'dialing') return undefined;
    const { remoteAddress, localPort } = this.#seams;
    return { remoteAddress, remotePort: 80, localPort };
  }

  get isSending(): boolean {
    return this.#outgoing.length > 0;
  }

  /** Whether the client has stopped reading. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** What the kernel knows first of all that the handler has not heard. */
  get unheard(): KernelEvent['kind'] | undefined {
    return this.#known[0]?.kind;
  }

  // What the pool does.

  write(data: Uint8Array | string): boolean {
    this.#seams.onWrite(this, data);
    if (this.#life !== 'connected' || this.#isReset || data.length === 0) return true;
    this.#outgoing.push(Buffer.from(typeof data === 'string' ? Buffer.from(data, 'latin1') : data));
    this.#flush();
    return !this.isSending;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#known.length > 0) this.#seams.onResumed(this);
  }

  probe(): ProbeResult {
    if (this.#life !== 'connected') return 'reset';
    if (this.#seams.sight === 'blind') return 'alive';
    if (this.#hasHeardFin) return 'fin';
    if (this.#seams.sight === 'loop') return 'unknown';
    const [first] = this.#known;
    if (!first) return 'alive';
    return first.kind === 'fin' || first.kind === 'reset' ? first.kind : 'bytes';
  }

  end(): void {
    const hasUnreadBytes = this.#known.some(({ kind }) => kind === 'bytes');
    this.#leave(hasUnreadBytes ? 'reset' : 'fin');
  }

  reset(): void {
    this.#leave('reset');
  }

  // What the network does.

  /** Something has reached the kernel. */
  know(event: KernelEvent): void {
    if (this.#life === 'over') return;
    if (event.kind === 'reset') {
      this.#isReset = true;
      this.#outgoing = [];
    }
    this.#known.push(event);
    if (!this.#isPaused) this.#seams.onNews(this);
  }

  /** The peer has read so many bytes. */
  grant(count: number): void {
    if (this.#life === 'over' || this.#isReset) return;
    const wasSending = this.isSending;
    this.#windowBytes += count;
    this.#flush();
    if (wasSending && !this.isSending) this.handler.onDrain();
  }

  /** The event loop polls: the handler hears what the kernel knows. */
  hear(): void {
    while (this.#known.length > 0 && !this.#isPaused && this.#life !== 'over') this.#hearNext();
  }

  #hearNext(): void {
    const event = this.#known.shift();
    switch (event?.kind) {
      case 'connected':
        this.#life = 'connected';
        this.handler.onConnect();
        break;
      case 'failed':
        this.#loseWire(systemError('connect', event.errno));
        break;
      case 'bytes':
        this.#read(event.bytes);
        break;
      case 'fin':
        this.#hasHeardFin = true;
        this.handler.onEnd();
        break;
      case 'reset':
        this.#loseWire(systemError('read', 'ECONNRESET'));
        break;
      case undefined:
    }
  }

  /** One read(2): as much as is there and fits into the buffer. */
  #read(first: Buffer): void {
    const { readBuffer } = this.#seams;
    let length = first.copy(readBuffer);
    if (length < first.length) this.#known.unshift({ kind: 'bytes', bytes: first.subarray(length) });
    for (let next = this.#known[0]; next?.kind === 'bytes'; [next] = this.#known) {
      if (length + next.bytes.length > readBuffer.length) break;
      length += next.bytes.copy(readBuffer, length);
      this.#known.shift();
    }
    this.handler.onBytes(readBuffer, length);
    // It was lent: whoever looks at it later finds nothing.
    readBuffer.fill(0, 0, length);
  }

  #flush(): void {
    for (let [first] = this.#outgoing; first && this.#windowBytes > 0; [first] = this.#outgoing) {
      const bytes = first.subarray(0, this.#windowBytes);
      if (bytes.length === first.length) this.#outgoing.shift();
      else this.#outgoing[0] = first.subarray(bytes.length);
      this.#windowBytes -= bytes.length;
      this.bytesAccepted += bytes.length;
      this.#seams.send({ kind: 'bytes', bytes });
    }
  }

  #leave(how: 'fin' | 'reset'): void {
    const before = this.#life;
    if (before === 'over') return;
    this.#life = 'over';
    this.#outgoing = [];
    this.#known = [];
    if (before === 'connected' && !this.#isReset) this.#seams.send({ kind: how });
    this.#seams.onOver(this);
  }

  #loseWire(error: Error): void {
    this.#life = 'over';
    this.#outgoing = [];
    this.#known = [];
    this.#seams.onOver(this);
    this.handler.onClose(error);
  }
}
