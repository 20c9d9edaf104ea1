import { Buffer } from 'node:buffer';
import type { Clock } from '#libs/kernel';
import type { Connector, TransportHandler } from '#libs/pool';
import { VirtualLink, type DialPlan } from './virtual-link.ts';
import type { VirtualSocket } from './virtual-socket.ts';
import type { Sight, VirtualTransport } from './virtual-transport.ts';

/** What a network does and tells. Whoever wants chance in it draws it here. */
export interface NetworkOptions {
  /** One way. Default 1. */
  readonly latencyMs?: (() => number) | undefined;
  /** Default: each dial connects after the latency. */
  readonly planDial?: (() => DialPlan) | undefined;
  /** A server accepted a connection. Sets the socket's handler. */
  readonly onAccept?: ((socket: VirtualSocket) => void) | undefined;
  /** The client is about to write. */
  readonly onWrite?: ((transport: VirtualTransport, data: Uint8Array | string) => void) | undefined;
  /** Bytes in flight from a client to its peer at most. Default 65,536. */
  readonly windowBytes?: number | undefined;
  /** What a look at an idle connection can see. Default `kernel`. */
  readonly sight?: Sight | undefined;
}

/** Where one dial leads, and how it goes. What is left out is as for the whole network. */
export interface DialWay {
  /** Default 192.0.2.1. */
  readonly address?: string | undefined;
  readonly plan?: DialPlan | undefined;
  readonly onAccept?: NetworkOptions['onAccept'];
}

const ADDRESS = '192.0.2.1';
const WINDOW_BYTES = 64 * 1024;
const READ_BYTES = 64 * 1024;
const FIRST_LOCAL_PORT = 40_000;

/**
 * A network and the kernel of one client on it, over a clock that the test moves: the same acts at the same times give
 * the same run. It knows what a pool can see of TCP (bytes in order, FIN, RST, windows, lost packets, dials that fail or
 * are never answered) and the lag of a busy event loop, and nothing else.
 */
export class VirtualNetwork implements Connector {
  readonly #clock: Clock;
  readonly #options: NetworkOptions;
  readonly #latencyMs: () => number;
  readonly #links = new Map<VirtualTransport, VirtualLink>();
  /** Where bytes are read to; every connection uses the same memory, as with real sockets. */
  readonly #readBuffer = Buffer.alloc(READ_BYTES);
  #dials = 0;
  #isLoopBusy = false;
  readonly #waitingForPoll = new Set<VirtualTransport>();
  readonly #afterPoll: Array<() => void> = [];

  constructor(clock: Clock, options: NetworkOptions = {}) {
    this.#clock = clock;
    this.#options = options;
    this.#latencyMs = options.latencyMs ?? (() => 1);
  }

  /** The connections that the client has not closed or lost, dials under way included, from the oldest. */
  get links(): VirtualLink[] {
    return [...this.#links.values()];
  }

  /** How many there are. */
  get open(): number {
    return this.#links.size;
  }

  dial(handler: TransportHandler, way: DialWay = {}): VirtualTransport {
    const { onAccept = this.#options.onAccept } = way;
    this.#dials += 1;
    const link = new VirtualLink(handler, {
      clock: this.#clock,
      latencyMs: this.#latencyMs,
      remoteAddress: way.address ?? ADDRESS,
      localPort: FIRST_LOCAL_PORT + this.#dials,
      windowBytes: this.#options.windowBytes ?? WINDOW_BYTES,
      sight: this.#options.sight ?? 'kernel',
      readBuffer: this.#readBuffer,
      onAccept: (socket) => onAccept?.(socket),
      onWrite: (transport, data) => this.#options.onWrite?.(transport, data),
      onNews: this.#onNews,
      onResumed: this.#hearLater,
      onOver: (transport) => this.#links.delete(transport),
    });
    this.#links.set(link.transport, link);
    link.dial(way.plan ?? this.#options.planDial?.() ?? { afterMs: this.#latencyMs() });
    return link.transport;
  }

  /** The client's loop is busy from now on: its kernel learns, but no handler hears. */
  blockLoop(): void {
    this.#isLoopBusy = true;
  }

  /** The loop polls again: each handler hears in a turn of its own, as soon as the clock is moved. */
  unblockLoop(): void {
    this.#isLoopBusy = false;
    for (const transport of this.#waitingForPoll) this.#hearLater(transport);
    this.#waitingForPoll.clear();
    for (const callback of this.#afterPoll.splice(0)) this.afterPoll(callback);
  }

  /** Calls back once the loop has polled and every handler has heard what its kernel knew: a pool's `afterPoll`. */
  readonly afterPoll = (callback: () => void): void => {
    if (this.#isLoopBusy) this.#afterPoll.push(callback);
    else this.#clock.setTimer(() => (this.#isLoopBusy ? this.#afterPoll.push(callback) : callback()), 0);
  };

  readonly #onNews = (transport: VirtualTransport): void => {
    if (this.#isLoopBusy) this.#waitingForPoll.add(transport);
    else transport.hear();
  };

  readonly #hearLater = (transport: VirtualTransport): void => {
    this.#clock.setTimer(() => this.#onNews(transport), 0);
  };
}
