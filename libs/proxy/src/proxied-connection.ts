import type { Socket } from 'node:net';
import type { Clock } from '#libs/kernel';
import { drawsOf } from './draw.ts';
import { Conversation, type Judge } from './http/conversation.ts';
import { DELAYED_MAX_BYTES, Link, type LinkOwner } from './link/link.ts';
import type { Effect, Ending } from './link/step.ts';
import { SocketWire } from './socket-wire.ts';
import type { Direction, Toxic } from './toxic.ts';

/** What a connection needs of its proxy. */
export interface ConnectionOwner {
  readonly clock: Clock;
  readonly judge: Judge;
  nextRequestNumber(): number;
  onReceived(direction: Direction, count: number): void;
  onSent(direction: Direction, count: number): void;
  /** Both sockets are gone. */
  onGone(connection: ProxiedConnection): void;
}

/** A client's connection, joined to one to the upstream: two links, one for each direction. */
export class ProxiedConnection {
  /** Counts the connections of the proxy from 0. */
  readonly number: number;
  readonly #owner: ConnectionOwner;
  readonly #client: SocketWire;
  readonly #upstream: SocketWire;
  readonly #links: Readonly<Record<Direction, Link>>;
  readonly #effects = new Map<Toxic, Effect>();
  #conversation: Conversation | undefined;
  #openSockets = 2;

  /** @param sockets both connected and paused */
  constructor(number: number, sockets: { client: Socket; upstream: Socket }, owner: ConnectionOwner) {
    this.number = number;
    this.#owner = owner;
    this.#client = new SocketWire(sockets.client, owner.clock, this.#listenerOf('upstream'));
    this.#upstream = new SocketWire(sockets.upstream, owner.clock, this.#listenerOf('downstream'));
    this.#links = {
      upstream: new Link(owner.clock, this.#client, this.#upstream, this.#linkOwner('upstream')),
      downstream: new Link(owner.clock, this.#upstream, this.#client, this.#linkOwner('downstream')),
    };
  }

  /** Lets a toxic meet the connection. */
  add(toxic: Toxic): void {
    const { configured, direction } = toxic;
    if (configured.scope === 'request') {
      this.listenToHttp(false);
      return;
    }
    if (!toxic.meet(this.number)) return;
    const effect = configured.begin(drawsOf(toxic.key, this.number));
    this.#effects.set(toxic, effect);
    this.#links[direction].add({ effect, heldMaxBytes: configured.heldMaxBytes });
  }

  /** The attributes of a toxic have changed. */
  restart(toxic: Toxic): void {
    const effect = this.#effects.get(toxic);
    if (effect) this.#links[toxic.direction].restart(effect);
  }

  remove(toxic: Toxic): void {
    const effect = this.#effects.get(toxic);
    if (!effect) return;
    this.#effects.delete(toxic);
    this.#links[toxic.direction].remove(effect);
  }

  /** From here on it tells requests from each other; for good, since a message may be under way when the toxics go. */
  listenToHttp(isFromStart: boolean): void {
    if (this.#conversation) return;
    const { judge } = this.#owner;
    const nextNumber = (): number => this.#owner.nextRequestNumber();
    this.#conversation = new Conversation(judge, nextNumber, isFromStart);
    const heldMaxBytes = DELAYED_MAX_BYTES;
    this.#links.upstream.addFirst({ effect: this.#conversation.requests, heldMaxBytes });
    this.#links.downstream.addFirst({ effect: this.#conversation.responses, heldMaxBytes });
  }

  /** Closes both ends. */
  close(): void {
    this.#client.close();
    this.#upstream.close();
  }

  #listenerOf(direction: Direction) {
    const opposite = direction === 'upstream' ? 'downstream' : 'upstream';
    return {
      onBytes: (bytes: Buffer): void => {
        this.#links[direction].onBytes(bytes);
      },
      onEnd: (ending: Ending): void => {
        this.#links[direction].onEnd(ending);
      },
      onDrain: (): void => {
        this.#links[opposite].onDrain();
      },
      onGone: (): void => {
        this.#openSockets -= 1;
        if (this.#openSockets === 0) this.#leave();
      },
    };
  }

  #linkOwner(direction: Direction): LinkOwner {
    const opposite = direction === 'upstream' ? 'downstream' : 'upstream';
    return {
      onReceived: (count) => {
        this.#owner.onReceived(direction, count);
      },
      onSent: (count) => {
        this.#owner.onSent(direction, count);
      },
      onAnswer: (bytes) => {
        this.#links[opposite].inject(bytes);
      },
      onEnding: (ending) => {
        if (ending === 'close') this.close();
        else this.#reset();
      },
    };
  }

  #reset(): void {
    this.#client.reset();
    this.#upstream.reset();
  }

  #leave(): void {
    this.#links.upstream.destroy();
    this.#links.downstream.destroy();
    this.#owner.onGone(this);
  }
}
