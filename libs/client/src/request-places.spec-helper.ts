import type { TransportHandler } from '#libs/pool';
import { FakeClock, ScriptedConnector, settle, type ScriptedTransport } from '#libs/testing';
import type { BreakerHandle } from './breaker-handle.ts';
import { Client } from './client.ts';
import type { RequestOptions } from './request-options.ts';
import { Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
/** Why the caller leaves. */
export const REASON = new Error('the page was left');
/** Shorter than any backoff here, so that a deadline may fall into one. */
export const LIMIT_MS = 20;
/** In this time a background dial of the breaker has begun. */
const NEXT_DIAL_MS = 300;

type Outcome = Watched<Awaited<ReturnType<Client['request']>>>;

/** Wires that are in the middle of a TLS handshake where the test says so. */
class HandshakingConnector extends ScriptedConnector {
  isHandshaking = false;

  override dial(handler: TransportHandler): ScriptedTransport {
    const wire = super.dial(handler);
    return this.isHandshaking ? Object.assign(wire, { tlsMs: 1 }) : wire;
  }
}

/** A client with one connection, and a peer that does nothing by itself. */
export class Scene {
  readonly clock = new FakeClock();
  readonly connector = new HandshakingConnector();
  readonly abort = new AbortController();
  readonly client = new Client(
    { pool: { maxConnections: 1 }, breaker: { connectFailures: 1, halfOpenPermits: 1 } },
    { clock: this.clock, rng: alwaysDraws(0.5), connector: () => this.connector },
  );
  readonly #answers = new Map<ScriptedTransport, number>();

  /** A POST, so that what was written is not sent again. */
  async send(options: RequestOptions = {}): Promise<Outcome> {
    const outcome = new Watched(this.client.request(ORIGIN, { method: 'POST', body: 'x', ...options }));
    await settle();
    return outcome;
  }

  /** The wire dialled last. */
  get wire(): ScriptedTransport {
    return this.connector.wire(this.connector.dialled.length - 1);
  }

  get breaker(): BreakerHandle {
    const breaker = this.client.breaker(ORIGIN);
    if (!breaker) throw new Error('this client has breakers');
    return breaker;
  }

  /** The dial of a request is refused, and its breaker opens. */
  async openBreaker(): Promise<void> {
    await this.send();
    this.wire.fail('ECONNREFUSED');
    await settle();
    this.#expectBreaker('open');
  }

  /** The breaker waits for one trial, and there is no idle connection for it. */
  async halfOpenBreaker(): Promise<void> {
    await this.openBreaker();
    await this.clock.advanceAsync(NEXT_DIAL_MS);
    this.wire.connect();
    this.wire.finish();
    this.#expectBreaker('half-open');
  }

  #expectBreaker(kind: string): void {
    if (this.breaker.state.kind !== kind) throw new Error(`the breaker is ${this.breaker.state.kind}`);
  }

  /** The peer takes every connection and answers every request, until nothing is left to do. */
  async serve(): Promise<void> {
    await this.clock.advanceAsync(NEXT_DIAL_MS);
    for (let turn = 0; turn < 5; turn += 1) {
      for (const wire of this.connector.dialled) {
        wire.connect();
        const answers = this.#answers.get(wire) ?? 0;
        if (wire.requestLines.length === answers) continue;
        this.#answers.set(wire, answers + 1);
        wire.respond();
      }
      await settle();
    }
  }
}

/** What a request ends with: its code and phase. */
export type Ending = readonly [code: string, phase: string];

export interface Place {
  readonly place: string;
  /** Sends a request and brings it there, without time going by. */
  readonly reach: (scene: Scene, options: RequestOptions) => Promise<Watched<unknown>>;
  readonly onAbort: Ending;
  /** Left out where it can't pass: a backoff that would reach it is not begun. */
  readonly onDeadline?: Ending;
  /** `not yet`: the attempt's time does not run, and the request goes on. */
  readonly onAttemptTimeout?: Ending | 'not yet';
  /** Requests that hold a connection meanwhile. */
  readonly others?: number;
  /** Whether the caller has the head: for the breaker that was the end of the call. */
  readonly isAnswered?: boolean;
  /** Whether it may be a trial call there. */
  readonly isTrial?: boolean;
}

const endless: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {
    for (;;) yield 'more';
  },
};

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';

export const PLACES: readonly Place[] = [
  {
    place: 'before it begins',
    reach: (scene, options) => {
      scene.abort.abort(REASON);
      return scene.send(options);
    },
    onAbort: ['PLR_ABORTED', 'admission'],
    isTrial: true,
  },
  {
    place: 'while it waits for a permit of the breaker',
    reach: async (scene, options) => {
      await scene.openBreaker();
      return scene.send({ ...options, waitForPermit: true });
    },
    onAbort: ['PLR_ABORTED', 'admission'],
    onDeadline: ['PLR_CIRCUIT_OPEN', 'admission'],
    onAttemptTimeout: 'not yet',
  },
  {
    place: 'in the queue for a connection',
    reach: async (scene, options) => {
      await scene.send();
      scene.wire.connect();
      return scene.send(options);
    },
    onAbort: ['PLR_ABORTED', 'acquire'],
    onDeadline: ['PLR_DEADLINE', 'acquire'],
    onAttemptTimeout: 'not yet',
    others: 1,
  },
  {
    place: 'during the dial, its name included',
    reach: (scene, options) => scene.send(options),
    onAbort: ['PLR_ABORTED', 'acquire'],
    onDeadline: ['PLR_DEADLINE', 'acquire'],
    onAttemptTimeout: 'not yet',
    isTrial: true,
  },
  {
    place: 'during the TLS handshake',
    reach: (scene, options) => {
      scene.connector.isHandshaking = true;
      return scene.send(options);
    },
    onAbort: ['PLR_ABORTED', 'acquire'],
    onDeadline: ['PLR_DEADLINE', 'acquire'],
    onAttemptTimeout: 'not yet',
    isTrial: true,
  },
  {
    place: 'while its body waits for the peer to take it',
    reach: async (scene, options) => {
      const outcome = await scene.send({ ...options, body: 'x'.repeat(1_000_000) });
      scene.wire.isSending = true;
      scene.wire.connect();
      scene.wire.bytesAccepted = 1_000;
      return outcome;
    },
    onAbort: ['PLR_ABORTED', 'send'],
    onDeadline: ['PLR_DEADLINE', 'send'],
    onAttemptTimeout: ['PLR_ATTEMPT_TIMEOUT', 'send'],
    isTrial: true,
  },
  {
    place: 'while its streamed body goes out',
    reach: async (scene, options) => {
      const outcome = await scene.send({ ...options, body: endless });
      scene.wire.connect();
      scene.wire.isSending = true;
      await settle();
      return outcome;
    },
    onAbort: ['PLR_ABORTED', 'send'],
    onDeadline: ['PLR_DEADLINE', 'send'],
    onAttemptTimeout: ['PLR_ATTEMPT_TIMEOUT', 'send'],
    isTrial: true,
  },
  {
    place: 'while it waits for the head',
    reach: async (scene, options) => {
      const outcome = await scene.send(options);
      scene.wire.connect();
      return outcome;
    },
    onAbort: ['PLR_ABORTED', 'wait'],
    onDeadline: ['PLR_DEADLINE', 'wait'],
    onAttemptTimeout: ['PLR_ATTEMPT_TIMEOUT', 'wait'],
    isTrial: true,
  },
  {
    place: 'in the middle of the head',
    reach: async (scene, options) => {
      const outcome = await scene.send(options);
      scene.wire.connect();
      scene.wire.receive(HEAD.slice(0, 20));
      return outcome;
    },
    onAbort: ['PLR_ABORTED', 'receive'],
    onDeadline: ['PLR_DEADLINE', 'receive'],
    onAttemptTimeout: ['PLR_ATTEMPT_TIMEOUT', 'receive'],
    isTrial: true,
  },
  {
    place: 'in a body that it awaits',
    reach: async (scene, options) => {
      const outcome = await scene.send({ ...options, awaitBody: true });
      scene.wire.connect();
      scene.wire.receive(`${HEAD}o`);
      await settle();
      return outcome;
    },
    onAbort: ['PLR_ABORTED', 'receive'],
    onDeadline: ['PLR_DEADLINE', 'receive'],
    onAttemptTimeout: ['PLR_ATTEMPT_TIMEOUT', 'receive'],
    isTrial: true,
  },
  {
    place: 'in a body that somebody reads',
    reach: async (scene, options) => {
      const outcome = await scene.send(options);
      scene.wire.connect();
      scene.wire.receive(`${HEAD}o`);
      await settle();
      return new Watched<unknown>(outcome.value?.body.text() ?? Promise.resolve());
    },
    onAbort: ['PLR_ABORTED', 'receive'],
    onDeadline: ['PLR_DEADLINE', 'receive'],
    onAttemptTimeout: ['PLR_ATTEMPT_TIMEOUT', 'receive'],
    isTrial: true,
    isAnswered: true,
  },
  {
    place: 'in the backoff between two attempts',
    reach: async (scene, options) => {
      const outcome = await scene.send({ ...options, idempotent: true });
      scene.wire.connect();
      scene.wire.respond('', 503);
      await settle();
      return outcome;
    },
    onAbort: ['PLR_ABORTED', 'admission'],
    onAttemptTimeout: 'not yet',
  },
];
