import type { ErrorCode, PoolerError } from '#libs/kernel';
import type { ResponseHead } from '#libs/http1';
import type { Broker } from './broker.ts';
import { Exchange, type AttemptField, type ExchangeListener, type ExchangeRequest } from './exchange.ts';
import { ResponseBody, type BodySource } from './response/response-body.ts';
import { Response } from './response/response.ts';
import { headersFrom, type ResponseHeaders } from './response/response-headers.ts';
import type { RequestPlace } from './leak-reporter.ts';
import type { Interposer } from './transport.ts';

/** Hears that an exchange is over, body included. An object and no function, which would be one more for every request. */
export interface ExchangeObserver {
  onOver(exchange: Exchange, error: PoolerError | undefined): void;
}

/** An interim response (RFC 9110 section 15.2): its status, 100 to 199, and its fields as of a `Response`. */
export interface InformationalResponse {
  readonly statusCode: number;
  readonly headers: ResponseHeaders;
  readonly rawHeaders: readonly string[];
}

export type InformationalListener = (response: InformationalResponse) => void;

/** What one exchange has besides its request. */
export interface ExchangeExtras {
  readonly signal?: AbortSignal | undefined;
  /** Stands between the exchange and its wire. For faults. */
  readonly interposer?: Interposer | undefined;
  /** Goes out as the field of this name. Trusted: it is not checked. */
  readonly traceparent?: string | undefined;
  /** Goes out as a field too, unless the caller gave one of that name. */
  readonly attemptField?: AttemptField | undefined;
  readonly observer?: ExchangeObserver | undefined;
  /** Hears of interim responses (1xx). */
  readonly onInformational?: InformationalListener | undefined;
  /** Where the request was made, for the report if its body is never read. */
  readonly place?: RequestPlace | undefined;
}

/** An exchange as a promise: resolves with the head, and feeds the body afterwards. */
export class PendingResponse implements ExchangeListener, BodySource {
  readonly exchange: Exchange;
  /** Resolves when the final head is there, rejects with a `PoolerError` when it never comes. */
  readonly response: Promise<Response>;
  readonly #broker: Broker;
  readonly #signal: AbortSignal | undefined;
  readonly #observer: ExchangeObserver | undefined;
  readonly #place: RequestPlace | undefined;
  readonly #onInformational: InformationalListener | undefined;
  #resolve!: (response: Response) => void;
  #reject!: (error: PoolerError) => void;
  #arrived: Response | undefined;

  constructor(broker: Broker, request: ExchangeRequest, extras: ExchangeExtras) {
    const { signal } = extras;
    this.#broker = broker;
    this.#signal = signal;
    this.#observer = extras.observer;
    this.#place = extras.place;
    this.#onInformational = extras.onInformational;
    const { interposer, traceparent, attemptField } = extras;
    this.exchange = new Exchange(request, this, interposer, traceparent, attemptField);
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal?.addEventListener('abort', this, { once: true });
    if (signal?.aborted) this.handleEvent();
    else broker.submit(this.exchange);
  }

  onInformational({ statusCode, rawHeaders }: ResponseHead): void {
    const listener = this.#onInformational;
    // In a turn of its own: what the caller throws must not go through the parser.
    if (listener)
      queueMicrotask(() => listener({ statusCode, headers: headersFrom(rawHeaders), rawHeaders }));
  }

  onHead(head: ResponseHead, contentLength: number | undefined): void {
    this.#arrived = new Response(head, new ResponseBody(this, contentLength, this.#broker.maxBodyBytes));
    this.#resolve(this.#arrived);
  }

  onBody(buffer: Buffer, start: number, end: number): void {
    this.#arrived?.body.push(buffer, start, end);
  }

  onEnd(rawTrailers: readonly string[]): void {
    this.#over(undefined);
    if (!this.#arrived) return;
    this.#arrived.rawTrailers = rawTrailers;
    this.#arrived.body.end();
  }

  onError(error: PoolerError): void {
    this.#over(error);
    if (this.#arrived) this.#arrived.body.fail(error);
    else this.#reject(error);
  }

  /** Nobody has taken a body that holds its connection: it is reported, and dumped. */
  onStalled(): void {
    const body = this.#arrived?.body;
    if (!body || body.isUsed) return;
    this.#broker.onBodyLeaked(this.exchange, this.#place);
    body.giveUp('the response body was not read in time, and was dumped to free its connection');
  }

  pause(): void {
    this.exchange.pause();
  }

  resume(): void {
    this.exchange.resume();
  }

  abandon(): void {
    this.#cancel('PLR_ABORTED', 'the rest of the body was given up', undefined);
  }

  refuse(code: ErrorCode, message: string): void {
    this.#cancel(code, message, undefined);
  }

  error(code: ErrorCode, message: string): PoolerError {
    const { origin, counts } = this.#broker;
    return this.exchange.error(code, message, { origin, pool: counts });
  }

  /** The caller's signal fired: it takes this object for a listener, which saves a closure for every request. */
  handleEvent(): void {
    this.#cancel('PLR_ABORTED', "the caller's signal fired", this.#signal?.reason);
  }

  #cancel(code: ErrorCode, message: string, cause: unknown): void {
    this.#broker.cancel(this.exchange, code, message, cause);
  }

  #over(error: PoolerError | undefined): void {
    this.#signal?.removeEventListener('abort', this);
    this.#observer?.onOver(this.exchange, error);
  }
}
