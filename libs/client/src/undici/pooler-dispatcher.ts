import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { invalidArgument } from '#libs/kernel';
import { checkPoolOptions, type InformationalResponse, type Response } from '#libs/pool';
import type { Dispatcher } from 'undici';
import { Client } from '../client.ts';
import type { ClientStats } from '../client-stats.ts';
import type { OriginHealth } from '../health.ts';
import type { ClientOptions, ClientSeams } from '../options.ts';
import { Controller } from './controller.ts';
import { dispatchRequest, type DispatchRequest } from './dispatch-request.ts';
import { Handlers, type LegacyHandler } from './handlers.ts';

/** What undici's contract has, and this dispatcher has not. */
const ONLY_DISPATCH =
  'PoolerDispatcher only dispatches: use the functions of undici, like request(url, { dispatcher })';

/**
 * A `Client` as undici's `Dispatcher`, for the `fetch` of Node and of npm's undici: `fetch(url, { dispatcher })`. Takes the
 * handlers of undici 6 and of later majors. Retry, breaker and limits are the client's; a stream is sent once and never
 * again, and `fetch` makes a stream of every body.
 *
 * @example
 * const dispatcher = new PoolerDispatcher({ pool: { maxConnections: 4 } });
 * const response = await fetch('http://127.0.0.1:8080/health', { dispatcher });
 * await dispatcher.close();
 */
export class PoolerDispatcher extends EventEmitter implements Dispatcher {
  readonly #client: Client;
  readonly #maxConnections: number;
  /** Requests under way, by origin. */
  readonly #underWay = new Map<string, number>();
  /** Origins whose dispatches were told to wait for `drain`. */
  readonly #full = new Set<string>();

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when an option is out of range. */
  constructor(options: ClientOptions = {}, seams: ClientSeams = {}) {
    super();
    this.#client = new Client(options, seams);
    this.#maxConnections = checkPoolOptions(options.pool ?? {}).maxConnections;
  }

  /**
   * Sends a request. Whatever goes wrong, bad options included, goes to the handler.
   * @returns false when every connection to the origin is taken: more will wait, until `drain`
   */
  dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler | LegacyHandler,
  ): boolean {
    const controller = new Controller();
    const handlers = new Handlers(handler, controller);
    let request: DispatchRequest;
    try {
      request = dispatchRequest(options);
    } catch (error) {
      handlers.failed(errorOf(error));
      return false;
    }
    const { origin } = request;
    const underWay = (this.#underWay.get(origin) ?? 0) + 1;
    this.#underWay.set(origin, underWay);
    void this.#run(request, handlers, controller);
    if (underWay < this.#maxConnections) return true;
    this.#full.add(origin);
    return false;
  }

  /** Counts so far, in all and by origin. */
  stats(): ClientStats {
    return this.#client.stats();
  }

  /** How well each origin is, by its name. */
  health(): ReadonlyMap<string, OriginHealth> {
    return this.#client.health();
  }

  /** Takes no more requests; ends when those under way are done. */
  close(): Promise<void>;
  close(callback: () => void): void;
  close(callback?: () => void): Promise<void> {
    return thenCall(this.#client.close(), callback);
  }

  /** Ends everything now: requests fail with `PLR_POOL_CLOSED` and `error` as its cause. */
  destroy(error?: Error | null): Promise<void>;
  destroy(callback: () => void): void;
  destroy(error: Error | null, callback: () => void): void;
  destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> {
    if (typeof error === 'function') return this.#destroy(undefined, error);
    return this.#destroy(error ?? undefined, callback);
  }

  /** A dispatcher that asks the interceptors before this one, the last first. */
  compose(
    ...interceptors: Array<
      Dispatcher.DispatcherComposeInterceptor | Dispatcher.DispatcherComposeInterceptor[]
    >
  ): Dispatcher.ComposedDispatcher {
    let dispatch: Dispatcher.Dispatch = this.dispatch.bind(this);
    for (const intercept of interceptors.flat()) dispatch = intercept(dispatch);
    return new Proxy(this, {
      get: (target, key): unknown => {
        if (key === 'dispatch') return dispatch;
        const value: unknown = Reflect.get(target, key, target);
        // A method must not see the proxy, which has no private fields.
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** Refused: use undici's `request(url, { dispatcher })`. */
  async request(): Promise<never> {
    throw new Error(ONLY_DISPATCH);
  }

  /** Refused: use undici's `stream(url, { dispatcher }, factory)`. */
  async stream(): Promise<never> {
    throw new Error(ONLY_DISPATCH);
  }

  /** Refused: use undici's `pipeline(url, { dispatcher }, handler)`. */
  pipeline(): Duplex {
    throw new Error(ONLY_DISPATCH);
  }

  /** Refused: a pool makes no tunnels. */
  async connect(): Promise<never> {
    throw invalidArgument('method', 'CONNECT', 'other than CONNECT: nothing is tunnelled');
  }

  /** Refused: connections of a pool are not upgraded. */
  async upgrade(): Promise<never> {
    throw invalidArgument('upgrade', true, 'left out: connections of a pool are not upgraded');
  }

  async #run(request: DispatchRequest, handlers: Handlers, controller: Controller): Promise<void> {
    const { url, origin, options } = request;
    try {
      handlers.started();
      const { signal } = controller;
      const onInformational = ({ statusCode, rawHeaders, headers }: InformationalResponse): void => {
        try {
          handlers.headers(statusCode, headers, rawHeaders, '');
        } catch (error) {
          controller.abort(error);
        }
      };
      const response = await this.#client.request(url, { ...options, signal, onInformational });
      await deliver(response, handlers, controller);
    } catch (error) {
      handlers.failed(controller.reason ?? errorOf(error));
    } finally {
      this.#onOver(origin);
    }
  }

  #onOver(origin: string): void {
    const underWay = (this.#underWay.get(origin) ?? 0) - 1;
    if (underWay === 0) this.#underWay.delete(origin);
    else this.#underWay.set(origin, underWay);
    if (underWay < this.#maxConnections && this.#full.delete(origin)) this.emit('drain', new URL(origin));
  }

  #destroy(error: Error | undefined, callback: (() => void) | undefined): Promise<void> {
    return thenCall(this.#client.destroy(error), callback);
  }
}

async function deliver(response: Response, handlers: Handlers, controller: Controller): Promise<void> {
  const { statusCode, statusText, headers, rawHeaders, body } = response;
  try {
    handlers.headers(statusCode, headers, rawHeaders, statusText);
    for await (const chunk of body) {
      await controller.mayGoOn();
      handlers.data(chunk);
    }
    await controller.mayGoOn();
  } finally {
    // What the handler did not want frees its connection.
    if (!body.isUsed) void body.dump();
  }
  handlers.ended(response.trailers, response.rawTrailers);
}

async function thenCall(done: Promise<void>, callback: (() => void) | undefined): Promise<void> {
  await done;
  callback?.();
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error('the request failed', { cause: error });
}
