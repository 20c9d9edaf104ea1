import type { InformationalListener, RequestBody, RequestHeaders } from '#libs/pool';

/** One request. */
export interface RequestOptions {
  /** Default `GET`. */
  readonly method?: string | undefined;
  readonly headers?: RequestHeaders | undefined;
  /** A stream is sent once and never again; a function gives a new one for each attempt. */
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of interim responses (1xx), such as 103 Early Hints, before the response. */
  readonly onInformational?: InformationalListener | undefined;
  /** Milliseconds for the request in all, retries and body included. Default: the client's. Range 1 to 86,400,000. */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds for each attempt. Default: the client's. Range 1 to 86,400,000. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Whether it may be sent twice. Default: by method, or true with an `Idempotency-Key` field. */
  readonly idempotent?: boolean | undefined;
  /**
   * Gives the response only when its body has arrived (or 64 KiB of it), so that a failure in the body is retried like
   * any other. Default false: the response comes with its head, and the body's failure goes to who reads it.
   */
  readonly awaitBody?: boolean | undefined;
  /**
   * Waits for the breaker's next permit, up to the deadline, where it would refuse. For closed-model load: its workers
   * offer no more than the breaker takes. Default false: `PLR_CIRCUIT_OPEN` at once.
   */
  readonly waitForPermit?: boolean | undefined;
  /**
   * The number that its faults are drawn by, where the caller numbers the requests: a load's arrivals, say. Any whole
   * number; below 0 no fault is drawn. Default: the client counts from 0, over the requests that it numbers itself.
   */
  readonly requestSeq?: number | undefined;
}
