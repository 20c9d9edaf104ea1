import type { Clock } from '#libs/kernel';
import type { Connector, TransportHandler } from '#libs/pool';
import type { ConnectionRecord, RequestRecord } from '#libs/records';
import type { DialPlan, VirtualLink, VirtualNetwork, VirtualTransport } from '#libs/testing';
import { ChaosServer } from './chaos-server.ts';
import { isApart } from './connection-view.ts';
import type { Dice } from './dice.ts';
import type { EventLog } from './event-log.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzSettings } from './fuzz-settings.ts';
import { Isolation } from './isolation.ts';
import { LearnedLimit } from './learned-limit.ts';
import { LeaseOrder } from './lease-order.ts';
import { NameHistory } from './name-history.ts';
import { SlowCalls } from './slow-calls.ts';
import { UnreadBodies } from './unread-bodies.ts';

/** What an origin needs of the world around it. */
export interface OriginSurroundings {
  readonly clock: Clock;
  readonly log: EventLog;
  /** Of the network: what the world draws for itself stays the same whatever is drawn here. */
  readonly dice: Dice;
  readonly network: () => VirtualNetwork;
  readonly settings: FuzzSettings;
  readonly found: (sentence: string) => void;
  /** What a request with this token shall bring; `undefined` where it can't come in whole. */
  readonly bodyOf: (token: string) => string | undefined;
}

/** One origin: its name, its server behind that, and what is known of both from outside. */
export class FuzzOrigin implements Connector {
  readonly url: string;
  readonly server: ChaosServer;
  readonly leases: LeaseOrder;
  readonly name: NameHistory;
  readonly isolation: Isolation;
  readonly slowCalls: SlowCalls;
  readonly unread: UnreadBodies;
  readonly learned = new LearnedLimit();
  /** Since when dialling is held back by a limit of this machine: no dial has connected since. */
  heldBackSinceMs: number | undefined;
  /** A crash of our own making refuses every dial until then. */
  downUntilMs = -Infinity;
  readonly #number: number;
  readonly #world: OriginSurroundings;
  readonly #transports = new WeakSet<VirtualTransport>();
  /** Which wire a request was written to last, by its token. */
  readonly #carriers = new Map<string, VirtualTransport>();
  /** How dials under way were planned, by the number of their connection. */
  readonly #plans = new Map<number, string>();
  #opened = 0;

  constructor(number: number, world: OriginSurroundings) {
    const { clock, dice, found, log, settings } = world;
    this.#number = number;
    this.#world = world;
    this.url = `http://origin-${number}.test`;
    this.leases = new LeaseOrder(settings.acquireTimeoutMs, found);
    this.name = new NameHistory(this.#addresses(1));
    this.isolation = new Isolation(found);
    this.slowCalls = new SlowCalls(settings.slowCallMs, found);
    this.unread = new UnreadBodies(settings.unreadTimeoutMs, found);
    const { hints, names } = settings.traits;
    const nature = {
      host: `origin-${number}.test`,
      hasHints: hints,
      closingRate: names ? 0.02 : 0.4,
      // A pool that learns of idle closes has nothing left that is idle for long enough to be proven.
      leastKeepAliveMs: settings.client.pool?.activeProbe ? 10_000 : 0,
    };
    this.server = new ChaosServer(clock, dice, nature, {
      onBug: found,
      onEvent: (event) => log.note(event),
      bodyOf: world.bodyOf,
    });
  }

  /** The name leads elsewhere from now on; sometimes to nothing. */
  rotate(dice: Dice): void {
    this.name.addresses = dice.hits(0.1) ? [] : this.#addresses(dice.whole(1, 6));
    this.#world.log.note(`origin ${this.#number} is at ${this.name.addresses.join(' ')}`);
  }

  /** Its connections that the client has not closed or lost. */
  get links(): VirtualLink[] {
    return this.#world.network().links.filter(({ transport }) => this.has(transport));
  }

  has(transport: VirtualTransport): boolean {
    return this.#transports.has(transport);
  }

  dial(handler: TransportHandler): VirtualTransport {
    const { clock, dice, log, network, found } = this.#world;
    if (clock.nowMs() < this.downUntilMs) found(`origin ${this.#number} is down and was dialled`);
    const kind = dice.weighted(this.server.weather.dials);
    if ('id' in handler && typeof handler.id === 'number') this.#plans.set(handler.id, kind);
    log.note(`dial to origin ${this.#number}: ${kind}`);
    const transport = network().dial(handler, {
      address: dice.pick(this.name.lastAddresses),
      plan: this.#plan(kind),
      onAccept: (socket) => this.server.accept(socket),
    });
    this.#transports.add(transport);
    return transport;
  }

  async resolve(): Promise<readonly string[]> {
    if (this.#world.dice.hits(0.1)) throw new Error('the fuzzer knows no such name');
    const followed = this.links.filter((link) => link.transport.life === 'connected' && !isApart(link));
    return this.name.answer(followed.map(({ transport }) => transport));
  }

  /** @param opened what the pool says that it has opened so far: connections apart from it are told of too */
  onConnection(record: ConnectionRecord, opened: number): void {
    const { connectionId } = record;
    if (record.event === 'closed') {
      const plan = this.#plans.get(connectionId) ?? '';
      this.#plans.delete(connectionId);
      if (record.reason === 'dial-failed' && plan.startsWith('no-'))
        this.heldBackSinceMs = this.#world.clock.nowMs();
    } else if (opened > this.#opened) {
      this.#opened = opened;
      this.heldBackSinceMs = undefined;
    }
  }

  onRecord(record: RequestRecord): void {
    this.leases.onRecord(record);
    this.isolation.onRecord(record);
    this.slowCalls.onRecord(record);
    this.#carriers.delete(`t${record.requestSeq}`);
  }

  onWritten(request: FuzzRequest, transport: VirtualTransport): void {
    this.#carriers.set(request.token, transport);
    this.unread.onWritten(request, transport);
  }

  /** The source of a request's body is asked for more: the wire must have taken what it gave before. */
  onAskedAgain(token: string): void {
    if (this.#carriers.get(token)?.isSending === true)
      this.#world.found(`${token} was asked for more of its body while the wire was full`);
  }

  #addresses(pattern: number): string[] {
    return [1, 2, 4].flatMap((bit) => ((pattern & bit) === 0 ? [] : [`192.0.2.${this.#number * 10 + bit}`]));
  }

  #plan(kind: string): DialPlan {
    const { dice } = this.#world;
    const afterMs = dice.whole(0, 5);
    switch (kind) {
      case 'slow':
        return { afterMs: dice.whole(5, 60) };
      case 'silent':
        return { afterMs: Infinity };
      case 'refused':
        return { afterMs, errno: 'ECONNREFUSED' };
      case 'no-descriptor':
        return { afterMs, errno: 'EMFILE' };
      case 'no-port':
        return { afterMs, errno: 'EADDRNOTAVAIL' };
      default:
        return { afterMs };
    }
  }
}
