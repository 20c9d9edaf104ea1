import { invalidArgument } from '#libs/kernel';
import type { Dispatcher } from 'undici';
import type { Controller } from './controller.ts';

/** The handlers of undici up to its major 6, which the `fetch` of older Nodes still gives. */
export interface LegacyHandler {
  onConnect?(abort: (reason?: unknown) => void, context: object): void;
  /** Returns false to pause. */
  onHeaders?(
    statusCode: number,
    rawHeaders: Buffer[],
    resume: () => void,
    statusText: string,
  ): boolean | void;
  /** Returns false to pause. */
  onData?(chunk: Buffer): boolean | void;
  onComplete?(rawTrailers: Buffer[]): void;
  onError?(error: Error): void;
  onResponseStarted?(): void;
}

/** What a dispatcher tells, whichever of its two shapes undici's contract has. */
export class Handlers {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #controller: Controller;

  /** Throws `PLR_INVALID_ARGUMENT` for what is no handler. */
  constructor(handler: unknown, controller: Controller) {
    if (!isHandler(handler)) throw invalidArgument('handler', handler, "a handler of undici's dispatch()");
    this.#handler = isCurrent(handler) ? handler : renewed(handler);
    this.#controller = controller;
  }

  started(): void {
    this.#handler.onRequestStart?.(this.#controller, {});
  }

  /** Also of interim responses (1xx). */
  headers(
    statusCode: number,
    headers: Record<string, string | string[]>,
    raw: readonly string[],
    statusText: string,
  ): void {
    this.#controller.rawHeaders = latin1(raw);
    this.#handler.onResponseStarted?.();
    this.#handler.onResponseStart?.(this.#controller, statusCode, headers, statusText);
  }

  data(chunk: Buffer): void {
    this.#handler.onResponseData?.(this.#controller, chunk);
  }

  ended(trailers: Record<string, string | string[]>, raw: readonly string[]): void {
    this.#controller.rawTrailers = latin1(raw);
    this.#handler.onResponseEnd?.(this.#controller, trailers);
  }

  failed(error: Error): void {
    this.#handler.onResponseError?.(this.#controller, error);
  }
}

function isHandler(handler: unknown): handler is Dispatcher.DispatchHandler | LegacyHandler {
  return typeof handler === 'object' && handler !== null;
}

function isCurrent(
  handler: Dispatcher.DispatchHandler | LegacyHandler,
): handler is Dispatcher.DispatchHandler {
  return 'onRequestStart' in handler;
}

/** A handler of the older shape as one of the newer. */
function renewed(old: LegacyHandler): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller) => old.onConnect?.((reason) => abort(controller, reason), {}),
    onResponseStarted: () => old.onResponseStarted?.(),
    onResponseStart: (controller, statusCode, _headers, statusText = '') => {
      const raw = buffersOf(controller.rawHeaders);
      const goesOn = old.onHeaders?.(statusCode, raw, () => controller.resume(), statusText);
      if (goesOn === false) controller.pause();
    },
    onResponseData: (controller, chunk) => {
      if (old.onData?.(chunk) === false) controller.pause();
    },
    onResponseEnd: (controller) => old.onComplete?.(buffersOf(controller.rawTrailers)),
    onResponseError: (_controller, error) => old.onError?.(error),
  };
}

function abort(controller: Dispatcher.DispatchController, reason: unknown): void {
  controller.abort(
    reason instanceof Error ? reason : new Error('the request was aborted', { cause: reason }),
  );
}

function buffersOf(raw: Dispatcher.DispatchController['rawHeaders']): Buffer[] {
  return Array.isArray(raw) ? raw.filter((item) => Buffer.isBuffer(item)) : [];
}

function latin1(raw: readonly string[]): Buffer[] {
  return raw.map((text) => Buffer.from(text, 'latin1'));
}
