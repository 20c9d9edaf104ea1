import { Buffer } from 'node:buffer';
import type { Clock } from '#libs/kernel';
import type { TransportHandler } from '#libs/pool';
import { Pipe } from './pipe.ts';
import { VirtualSocket } from './virtual-socket.ts';
import { VirtualTransport, type WireSeams } from './virtual-transport.ts';

/** How one dial goes: it connects, or fails with `errno`, after a time. One of `Infinity` connects when its link heals. */
export interface DialPlan {
  readonly afterMs: number;
  readonly errno?: string | undefined;
}

/** What a link needs of the network. */
export interface LinkSeams extends Omit<WireSeams, 'send'> {
  readonly clock: Clock;
  readonly latencyMs: () => number;
  readonly onAccept: (socket: VirtualSocket) => void;
}

/** One connection with both its ends and the way between. */
export class VirtualLink {
  readonly transport: VirtualTransport;
  readonly socket: VirtualSocket;
  readonly #seams: LinkSeams;
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;
  #isBlackHole = false;
  /** Whether the dial is answered only when the link heals. */
  #isUnanswered = false;

  constructor(handler: TransportHandler, seams: LinkSeams) {
    const { clock, latencyMs } = seams;
    this.#seams = seams;
    this.#toServer = new Pipe(clock, latencyMs, (signal) => this.socket.arrive(signal));
    this.#toClient = new Pipe(clock, latencyMs, (signal) => this.transport.know(signal));
    this.transport = new VirtualTransport(handler, {
      ...seams,
      send: (signal) => this.#toServer.send(signal),
    });
    this.socket = new VirtualSocket(
      (signal) => this.#toClient.send(signal),
      (count) => this.transport.grant(count),
    );
  }

  dial({ afterMs, errno }: DialPlan): void {
    if (afterMs === Infinity) this.#isUnanswered = true;
    else if (errno === undefined) this.#seams.clock.setTimer(this.#connect, afterMs);
    else this.#seams.clock.setTimer(() => this.transport.know({ kind: 'failed', errno }), afterMs);
  }

  /** Bytes of the peer reach the client's kernel at once, as if they had been under way for long. */
  intrude(text: string): void {
    this.transport.know({ kind: 'bytes', bytes: Buffer.from(text, 'latin1') });
  }

  /** Loses every packet in both directions until `heal`. */
  blackHole(): void {
    this.#isBlackHole = true;
    this.#toServer.hold();
    this.#toClient.hold();
  }

  /** TCP sends again what was lost. */
  heal(): void {
    this.#isBlackHole = false;
    this.#toServer.release();
    this.#toClient.release();
    if (this.#isUnanswered) this.#seams.clock.setTimer(this.#connect, this.#seams.latencyMs());
    this.#isUnanswered = false;
  }

  readonly #connect = (): void => {
    if (this.#isBlackHole) {
      this.#isUnanswered = true;
    } else if (this.transport.life === 'dialing') {
      this.socket.open();
      this.transport.know({ kind: 'connected' });
      this.#seams.onAccept(this.socket);
    }
  };
}
