import { PoolerError, seededRng, type Rng } from '#libs/kernel';
import {
  Pool,
  type Exchange,
  type LeaseLimit,
  type PoolOptions,
  type PoolRequest,
  type Response,
} from '#libs/pool';
import { channels } from '#libs/records';
import { FakeClock, settle } from './fake-clock.ts';
import { ScriptedConnector, type ScriptedTransport } from './scripted-connector.ts';

type Fate =
  | { readonly name: 'pending' }
  | { readonly name: 'answered'; readonly response: Response }
  | { readonly name: 'failed'; readonly error: unknown };

/** A request that a test sent, and what has become of it so far. */
export class SentRequest {
  readonly exchange: Exchange;
  #fate: Fate = { name: 'pending' };

  constructor(exchange: Exchange, response: Promise<Response>) {
    this.exchange = exchange;
    void this.#follow(response);
  }

  /** `pending`, or the status of the answer, or the code of the error. */
  get fate(): string | number {
    const fate = this.#fate;
    if (fate.name === 'answered') return fate.response.statusCode;
    if (fate.name === 'failed')
      return fate.error instanceof PoolerError ? fate.error.code : String(fate.error);
    return 'pending';
  }

  get response(): Response {
    if (this.#fate.name === 'answered') return this.#fate.response;
    throw new Error(`the request is not answered but ${this.fate}`);
  }

  get error(): PoolerError {
    if (this.#fate.name === 'failed' && this.#fate.error instanceof PoolerError) return this.#fate.error;
    throw new Error(`the request has not failed but is ${this.fate}`);
  }

  async #follow(response: Promise<Response>): Promise<void> {
    try {
      this.#fate = { name: 'answered', response: await response };
    } catch (error) {
      this.#fate = { name: 'failed', error };
    }
  }
}

/** A pool whose time, wires and event loop a test drives. */
export class ScriptedPool {
  readonly clock: FakeClock;
  readonly connector = new ScriptedConnector();
  readonly pool: Pool;
  #afterPoll: Array<() => void> = [];

  constructor(
    options: PoolOptions = {},
    seams: { readonly clock?: FakeClock; readonly rng?: Rng; readonly leaseLimit?: LeaseLimit } = {},
  ) {
    this.clock = seams.clock ?? new FakeClock();
    this.pool = new Pool('http://127.0.0.1:80', options, {
      clock: this.clock,
      rng: seams.rng ?? seededRng(1),
      connector: () => this.connector,
      leaseLimit: seams.leaseLimit,
      afterPoll: (callback) => this.#afterPoll.push(callback),
    });
  }

  /** How many wires were dialled so far. */
  get dialled(): number {
    return this.connector.dialled.length;
  }

  /** The wire dialled as number `index`, from 0. */
  wire(index: number): ScriptedTransport {
    return this.connector.wire(index);
  }

  send(request: Partial<PoolRequest> = {}): SentRequest {
    const pending = this.pool.begin(this.pool.prepare({ path: '/', ...request }), request);
    return new SentRequest(pending.exchange, pending.response);
  }

  /** Dials the next `count` wires, which become idle in their order. Their exchanges are over. */
  async openIdle(count: number): Promise<void> {
    const first = this.dialled;
    for (let i = 0; i < count; i += 1) this.send();
    const wires = this.connector.dialled.slice(first);
    for (const wire of wires) wire.connect();
    for (const wire of wires) wire.respond();
    await settle();
  }

  /** Moves time on, and lets promise callbacks run. */
  async advance(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
  }

  /** The event loop polls once: whoever waited for that goes on. */
  poll(): void {
    for (const callback of this.#afterPoll.splice(0)) callback();
  }
}

/** Why connections were closed while `act` ran, in their order. */
export function closeReasons(act: () => void): string[] {
  const reasons: string[] = [];
  const stop = channels.connection.subscribe((record) => {
    if (record.event === 'closed') reasons.push(record.reason);
  });
  try {
    act();
  } finally {
    stop();
  }
  return reasons;
}
